import { describe, expect, test } from "vitest";
import { faultChanges } from "../faults/change/change-faults.ts";
import { changePlan } from "../faults/change/plan-change.ts";
import { canRunLab } from "../support/lab-stack.ts";

/** The fixed points of `npm run faults -- change`: what dies most often, each at a moment of the run that never changes. */
const plans = [
  changePlan({ kind: "agent", target: "west", home: "east", moment: { at: "started", attempts: 2 } }),
  changePlan({
    ...{ kind: "worker", target: "east", home: "west", moment: { at: "ended", attempts: 1 } },
    redShard: 3,
  }),
  changePlan({ kind: "hub", target: "east", home: "east", moment: { at: "started", attempts: 5 } }),
  changePlan({ kind: "api server", target: "west", home: "west", moment: { at: "creating" } }),
];

describe.runIf(canRunLab)("a run over two clusters of which a part is killed", () => {
  test("has the right verdict, counts every case once, and leaves nothing", async () => {
    const log: string[] = [];
    const repetitions = await faultChanges({ plans, say: (line) => log.push(line) });
    expect(
      repetitions.map(({ plan, found }) => [plan.kind, found]),
      log.join("\n"),
    ).toEqual(plans.map(({ kind }) => [kind, []]));
    expect(repetitions.map(({ ending }) => ending)).toEqual(["passed", "failed", "passed", "passed"]);
  });
});
