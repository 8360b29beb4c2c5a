export type Point = { x: number; y: number };

/** Slope of the straight line with the least squares through the points; at least two different `x` are needed. */
export function slope(points: readonly Point[]): number {
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (!(spread > 0)) throw new Error("a slope needs points with at least two different x");
  return points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
}

/** How cost grows with size: 1 is in proportion, 2 is with the square. The slope in logarithms; all values above 0. */
export function growthExponent(points: readonly Point[]): number {
  if (points.some(({ x, y }) => !(x > 0 && y > 0))) throw new Error("growth needs sizes and costs above 0");
  return slope(points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) })));
}

/**
 * No scheduler can be faster than this, in seconds: either the cluster cannot make the pods faster, or the slots are
 * full all the time.
 */
export function fluidBound(work: {
  shards: number;
  podsPerSecond: number;
  totalDurationSeconds: number;
  slots: number;
}): number {
  return Math.max(work.shards / work.podsPerSecond, work.totalDurationSeconds / work.slots);
}
