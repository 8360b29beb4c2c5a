import { describe, expect, it } from "vitest";
import {
  attemptStates,
  attemptTransitions,
  runIsOver,
  runStates,
  runTransitions,
  verdicts,
} from "./lifecycle.ts";

function reachable(table: Record<string, readonly string[]>, first: string): Set<string> {
  const seen = new Set([first]);
  for (const state of seen) for (const next of table[state] ?? []) seen.add(next);
  return seen;
}

describe.each([
  { name: "a run", table: runTransitions, states: runStates },
  { name: "an attempt", table: attemptTransitions, states: attemptStates },
])("the lifecycle of $name", ({ table, states }) => {
  const steps: Record<string, readonly string[]> = table;

  it("reaches every state from queued, and no other", () => {
    expect([...reachable(steps, "queued")].sort()).toEqual([...states].sort());
  });

  it("can end from every state, so nothing is stuck by its table", () => {
    for (const state of states)
      expect(
        [...reachable(steps, state)].some((later) => steps[later]?.length === 0),
        state,
      ).toBe(true);
  });
});

it("a run is over with a verdict and only with one", () => {
  expect(runStates.filter(runIsOver)).toEqual([...verdicts]);
});

it("only a lost hand-off goes back, and what ended goes nowhere, but for red tests of a broken environment", () => {
  const back = attemptStates.filter((state) => attemptTransitions[state].includes("queued"));
  expect(back).toEqual(["leased"]);
  for (const state of ["passed", "errored", "cancelled", "lost"] as const)
    expect(attemptTransitions[state]).toEqual([]);
  expect(attemptTransitions.failed).toEqual(["errored"]);
});
