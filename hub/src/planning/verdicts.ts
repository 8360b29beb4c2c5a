import type { Verdict } from "@seatrial/contracts/runs/lifecycle.ts";

/** Failed over errored over cancelled over passed: red tests are facts, whatever else went wrong. */
const order: readonly Verdict[] = ["failed", "errored", "cancelled", "passed"];

/** The verdict of a whole from its parts, or null while one of them is open. No parts: passed nothing, so errored. */
export function combineVerdicts(states: readonly string[]): Verdict | null {
  const verdicts = states.map((state) => order.find((verdict) => verdict === state));
  if (verdicts.includes(undefined)) return null;
  return order.find((verdict) => verdicts.includes(verdict)) ?? "errored";
}

/**
 * The verdict of a run. A run that was told to stop, and did leave something undone, is `cancelled`, even when
 * a test was red before: nobody may read it as the word on the whole change.
 */
export function runVerdict(suiteStates: readonly string[], isCancelRequested: boolean): Verdict | null {
  const verdict = combineVerdicts(suiteStates);
  return verdict !== null && isCancelRequested && suiteStates.includes("cancelled") ? "cancelled" : verdict;
}
