/** Median, spread and extremes of one measured quantity; the unit is the caller's. */
export type Summary = { count: number; median: number; p10: number; p90: number; min: number; max: number };

/** Linear interpolation between closest ranks (the definition that numpy and R type 7 use). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const low = sorted[Math.floor(position)];
  const high = sorted[Math.ceil(position)];
  if (low === undefined || high === undefined) throw new Error("a quantile needs at least one value");
  return low + (high - low) * (position - Math.floor(position));
}

export function summarize(values: readonly number[]): Summary {
  return {
    count: values.length,
    median: quantile(values, 0.5),
    p10: quantile(values, 0.1),
    p90: quantile(values, 0.9),
    min: quantile(values, 0),
    max: quantile(values, 1),
  };
}
