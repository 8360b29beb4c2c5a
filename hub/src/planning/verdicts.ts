import type { Verdict } from "@seatrial/contracts/runs/lifecycle.ts";

/** Failed over errored over cancelled over passed: red tests are facts, whatever else went wrong. */
const order: readonly Verdict[] = ["failed", "errored", "cancelled", "passed"];

/** The verdict of a whole from its parts, or null while one of them is open. No parts: passed nothing, so errored. */
export function combineVerdicts(states: readonly string[]): Verdict | null {
  const verdicts = states.map((state) => order.find((verdict) => verdict === state));
  if (verdicts.includes(undefined)) return null;
  return order.find((verdict) => verdicts.includes(verdict)) ?? "errored";
}

/** A suite's part in the verdict of its run: none, where it is optional. */
export type SuitePart = { readonly state: string; readonly optional: boolean };

/**
 * The verdict of a run, or null while one of its suites is open, an optional one as well: who reads a verdict may read
 * all its results. Optional suites do not count; alone, as in a rerun of what was red, they fail nothing. A run that was
 * told to stop, and did leave something undone, is `cancelled`, even when a test was red before: nobody may read it as
 * the word on the whole change.
 */
export function runVerdict(suites: readonly SuitePart[], isCancelRequested: boolean): Verdict | null {
  const states = suites.map(({ state }) => state);
  if (combineVerdicts(states) === null) return null;
  if (isCancelRequested && states.includes("cancelled")) return "cancelled";
  const counting = suites.filter(({ optional }) => !optional);
  if (counting.length === 0 && suites.length > 0) return "passed";
  return combineVerdicts(counting.map(({ state }) => state));
}
