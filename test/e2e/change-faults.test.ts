import { describe, expect, test } from "vitest";
import { faultChanges } from "../faults/change/change-faults.ts";
import { changePlan } from "../faults/change/plan-change.ts";
import { canRunLab } from "../support/lab-stack.ts";

/**
 * The fixed points of `npm run faults -- change`: these processes die once each, at a moment of the run that never
 * changes. PostgreSQL is away for as long as the others, not for its 20 s. Temporal dies in `environment-faults.test.ts`;
 * containerd in the command alone.
 */
const plans = [
  changePlan({ kind: "agent", target: "west", home: "east", moment: { at: "started", attempts: 2 } }),
  changePlan({
    ...{ kind: "worker", target: "east", home: "west", moment: { at: "ended", attempts: 1 } },
    redShard: 3,
  }),
  changePlan({ kind: "hub", target: "east", home: "east", moment: { at: "started", attempts: 5 } }),
  changePlan({ kind: "api server", target: "west", home: "west", moment: { at: "creating" } }),
  changePlan({ kind: "kubelet", target: "west", home: "east", moment: { at: "started", attempts: 4 } }),
  changePlan({
    ...{ kind: "postgres", target: "east", home: "west", moment: { at: "started", attempts: 3 } },
    ...{ awaySeconds: 3, redShard: 6 },
  }),
  changePlan({
    ...{ kind: "provisioner", target: "west", home: "west", moment: { at: "removing" } },
    delaySeconds: 0.5,
  }),
];

describe.runIf(canRunLab)("a run over two clusters of which a part is killed", () => {
  test("has the right verdict, counts every case once, and leaves nothing", async () => {
    const log: string[] = [];
    const repetitions = await faultChanges({ plans, say: (line) => log.push(line) });
    expect(
      repetitions.map(({ plan, found }) => [plan.kind, found]),
      log.join("\n"),
    ).toEqual(plans.map(({ kind }) => [kind, []]));
    expect(repetitions.map(({ ending }) => ending)).toEqual(
      plans.map(({ redShard }) => (redShard === null ? "passed" : "failed")),
    );
  });
});
