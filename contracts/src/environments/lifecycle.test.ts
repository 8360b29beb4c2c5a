import { describe, expect, it } from "vitest";
import {
  environmentIsGone,
  environmentStates,
  environmentTransitions,
  operationFailures,
  operationIsOver,
  operationStates,
} from "./lifecycle.ts";

const steps: Record<string, readonly string[]> = environmentTransitions;

function reachable(first: string): Set<string> {
  const seen = new Set([first]);
  for (const state of seen) for (const next of steps[state] ?? []) seen.add(next);
  return seen;
}

describe("the lifecycle of an environment", () => {
  it("reaches every state from requested, and no other", () => {
    expect([...reachable("requested")].sort()).toEqual([...environmentStates].sort());
  });

  it("can be removed from every state, and comes back from no removal", () => {
    for (const state of environmentStates) expect(reachable(state).has("deleted"), state).toBe(true);
    for (const state of ["deleting", "stuck"]) expect(reachable(state).has("ready"), state).toBe(false);
    expect(environmentStates.filter(environmentIsGone)).toEqual(["deleted"]);
    expect(steps.deleted).toEqual([]);
  });

  it("is removed only by way of deleting, unless nothing was ever made", () => {
    const straight = environmentStates.filter((state) => steps[state]?.includes("deleted"));
    expect(straight).toEqual(["requested", "deleting", "stuck"]);
  });
});

it("an operation is open while queued or leased, and over else", () => {
  expect(operationStates.filter((state) => !operationIsOver(state))).toEqual(["queued", "leased"]);
});

it("what the author must mend is never tried again by itself", () => {
  for (const code of ["template_invalid", "render_failed", "object_refused", "foreign_object"] as const)
    expect(operationFailures[code], code).toBe(false);
  for (const code of ["lost", "lock_held", "cluster_unreachable"] as const)
    expect(operationFailures[code], code).toBe(true);
});
