import type { SuiteTool } from "@seatrial/contracts/suites/suite-spec.ts";

export type WeightedCase = { id: string; weight: number };
export type Split = { shards: string[][] } | { problem: string };

/**
 * Splits cases into `count` shards that are never empty, cover every case once and are the same for the same input.
 * pytest: contiguous slices in the tool's order, because fixtures of a module or session are shared by neighbours.
 * Other tools list files, which share nothing: largest first to the least loaded shard (LPT: R. L. Graham, "Bounds on
 * Multiprocessing Timing Anomalies", 1969: at most 4/3 of the best), ties by the tool's order.
 */
export function splitCases(tool: SuiteTool, cases: readonly WeightedCase[], count: number): Split {
  if (cases.length === 0) return { problem: "no test cases were found: check 'path' and 'arguments'" };
  if (cases.length < count) return { problem: tooFew(cases.length, count) };
  const slices = tool === "pytest" ? sliceByWeight(cases, count) : balanceByWeight(cases, count);
  return { shards: slices.map((slice) => slice.map(({ id }) => id)) };
}

function tooFew(cases: number, count: number): string {
  const noun = cases === 1 ? "case" : "cases";
  return `${cases} ${noun} cannot fill ${count} shards: set shards to ${cases} or fewer`;
}

/** Cuts where the weight so far is nearest to k/count of the whole, leaving at least one case for each shard. */
function sliceByWeight(cases: readonly WeightedCase[], count: number): WeightedCase[][] {
  const before = [0];
  for (const { weight } of cases) before.push((before.at(-1) ?? 0) + weight);
  const total = before.at(-1) ?? 0;
  const weightBefore = (index: number) => (total > 0 ? (before[index] ?? total) : index);
  const whole = total > 0 ? total : cases.length;
  const slices: WeightedCase[][] = [];
  let start = 0;
  for (let shard = 1; shard <= count; shard += 1) {
    const latest = cases.length - (count - shard);
    const target = (whole * shard) / count;
    let end = shard === count ? cases.length : start + 1;
    const isNearer = () => Math.abs(weightBefore(end + 1) - target) <= Math.abs(weightBefore(end) - target);
    while (end < latest && isNearer()) end += 1;
    slices.push(cases.slice(start, end));
    start = end;
  }
  return slices;
}

function balanceByWeight(cases: readonly WeightedCase[], count: number): WeightedCase[][] {
  const bins = Array.from({ length: count }, () => ({ load: 0, places: [] as number[] }));
  const order = cases.map((_, place) => place);
  const weightOf = (place: number) => cases[place]?.weight ?? 0;
  order.sort((left, right) => weightOf(right) - weightOf(left) || left - right);
  for (const place of order) {
    // The fewest cases break a tie of loads, so that cases of weight 0 leave no shard empty.
    const lightest = bins.reduce((best, bin) =>
      bin.load < best.load || (bin.load === best.load && bin.places.length < best.places.length) ? bin : best,
    );
    lightest.load += weightOf(place);
    lightest.places.push(place);
  }
  return bins.map(({ places }) =>
    places.sort((left, right) => left - right).flatMap((place) => cases[place] ?? []),
  );
}
