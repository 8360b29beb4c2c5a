import type { Run } from "@seatrial/contracts/runs/run.ts";
import { describe, expect, it } from "vitest";
import type { Output } from "../terminal/output.ts";
import { describeSuite } from "./describe-suite.ts";

const output = { paint: (_: string, text: string) => text } as Output;
const suite: Run["suites"][number] = {
  name: "load",
  origin: null,
  place: null,
  optional: false,
  state: "failed",
  shards: 1,
  caseCount: 4,
  counts: { passed: 3, failed: 1, errored: 0, skipped: 0, flaky: 0 },
  reason: "shard 1: 1 red case",
};

describe("a suite as people see it", () => {
  it("is marked apart when it is red and does not count", () => {
    expect(describeSuite(suite, [], output)).toEqual(["✗ load", "3/4", "shard 1: 1 red case"]);
    const optional = { ...suite, optional: true };
    expect(describeSuite(optional, [], output)[0]).toBe("! load (optional)");
    expect(describeSuite({ ...optional, state: "passed" }, [], output)[0]).toBe("✓ load (optional)");
  });
});
