import type { Evidence } from "@seatrial/contracts/agent-protocol/operation.ts";
import { describe, expect, it } from "vitest";
import { decisiveEvidence } from "./decisive-evidence.ts";

const attempt = {
  leasedAt: new Date("2030-01-01T00:00:00.000Z"),
  startedAt: new Date("2030-01-01T00:00:05.700Z"),
  endedAt: new Date("2030-01-01T00:00:20.200Z"),
};
const evidence = (kind: Evidence["kind"], second: number | null): Evidence => ({
  at: second === null ? null : new Date(Date.UTC(2030, 0, 1, 0, 0, second)).toISOString(),
  kind,
  object: "Pod/web",
  message: kind,
});
const kinds = (found: readonly Evidence[]) => found.map(({ kind }) => kind);

describe("evidence against an environment", () => {
  it.each(["restart", "oom", "node"] as const)("counts a %s while the test ran, to the second", (kind) => {
    expect(kinds(decisiveEvidence([evidence(kind, 5)], attempt))).toEqual([kind]);
    expect(kinds(decisiveEvidence([evidence(kind, 21)], attempt))).toEqual([kind]);
    expect(decisiveEvidence([evidence(kind, 4)], attempt)).toEqual([]);
    expect(decisiveEvidence([evidence(kind, 22)], attempt)).toEqual([]);
  });

  it.each(["missing", "probe"] as const)("counts a %s that was found after the test", (kind) => {
    expect(kinds(decisiveEvidence([evidence(kind, 40)], attempt))).toEqual([kind]);
    expect(decisiveEvidence([evidence(kind, 4)], attempt)).toEqual([]);
  });

  it("without a time is about now, and counts", () => {
    expect(kinds(decisiveEvidence([evidence("missing", null)], attempt))).toEqual(["missing"]);
  });

  it("of events alone decides nothing, but explains what does", () => {
    const events = [evidence("event", 8), evidence("event", 9)];
    expect(decisiveEvidence(events, attempt)).toEqual([]);
    expect(kinds(decisiveEvidence([...events, evidence("oom", 9)], attempt))).toEqual([
      "oom",
      "event",
      "event",
    ]);
  });
});
