import { describe, expect, test } from "vitest";
import { faultEnvironments } from "../faults/environments.ts";
import type { Fault, FaultKind } from "../faults/storm.ts";
import { canRunLab } from "../support/lab-stack.ts";

/** The fixed points of `npm run faults -- environments`: each kind of death once, in an order that never changes. */
const kinds: readonly FaultKind[] = [
  "runner",
  "engine",
  "provisioner",
  "worker",
  "temporal",
  "hub",
  "api server",
  "link",
  "runner",
  "engine",
];
const faults: Fault[] = kinds.map((kind, index) => ({
  kind,
  cluster: index % 2 === 0 ? "east" : "west",
  awaySeconds: 3,
}));

describe.runIf(canRunLab)("environments whose parts are killed", () => {
  test("live their whole life, leave nothing, are proved gone, and have one writer each", async () => {
    const log: string[] = [];
    const found = await faultEnvironments({
      count: 6,
      clusters: 2,
      atOnce: 3,
      seed: 1,
      faults,
      say: (line) => log.push(line),
    });
    expect(found.leaks, log.join("\n")).toEqual([]);
    expect(found.interleaved, log.join("\n")).toEqual([]);
    expect(found.lives.filter(({ isProved }) => isProved).length, log.join("\n")).toBe(6);
    expect(
      found.lives.map(({ trouble }) => trouble),
      log.join("\n"),
    ).toEqual(Array(6).fill(null));
    expect(found.struck.join("; ")).toContain("runner killed");
    expect(found.struck.join("; ")).toContain("engine killed");
  });
});
