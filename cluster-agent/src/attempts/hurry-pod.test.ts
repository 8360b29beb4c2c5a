import { silentLogger } from "@seatrial/contracts/logger.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { expect, it } from "vitest";
import { judgePod } from "../judge/judge-pod.ts";
import { createPodHurrier } from "./hurry-pod.ts";

type Change = { main?: object; metadata?: Partial<Pod["metadata"]>; reason?: string; graceSeconds?: number };

function seeing(changes: Change[], refusals: Error[] = []) {
  const graces: number[] = [];
  const remove = async (_: Pod, seconds: number) => {
    graces.push(seconds);
    const refusal = refusals.shift();
    if (refusal) throw refusal;
  };
  const hurry = createPodHurrier({ pods: { remove }, logger: silentLogger });
  const see = async ({ main = { running: {} }, metadata = {}, reason, graceSeconds = 600 }: Change) => {
    const pod = {
      metadata: { name: "st-a", uid: "u", ...metadata },
      spec: { terminationGracePeriodSeconds: graceSeconds, containers: [], activeDeadlineSeconds: 60 },
      status: {
        ...(reason ? { phase: "Failed", reason } : { phase: "Running" }),
        containerStatuses: [{ name: "main", state: main }],
      },
    } as unknown as Pod;
    hurry(judgePod(pod), pod);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    graces,
    all: async () => void (await changes.reduce((done, one) => done.then(() => see(one)), Promise.resolve())),
  };
}
const timedOut = { reason: "DeadlineExceeded" };
const deleted = { metadata: { deletionTimestamp: "2026-01-01T00:10:00Z", deletionGracePeriodSeconds: 600 } };

it("gives tests that ran into their timeout, or whose pod is deleted, the usual grace, once", async () => {
  for (const change of [timedOut, deleted]) {
    const { graces, all } = seeing([change, change]);
    await all();
    expect(graces).toEqual([30]);
  }
});
it("leaves the collector its time once the tests are over", async () => {
  const { graces, all } = seeing([{}, { ...deleted, main: { terminated: { exitCode: 0 } } }]);
  await all();
  expect(graces).toEqual([]);
});
it("asks nothing where the grace is short already", async () => {
  const short = { deletionTimestamp: "2026-01-01T00:10:00Z", deletionGracePeriodSeconds: 1 };
  const { graces, all } = seeing([{ metadata: short }, { ...timedOut, graceSeconds: 5 }]);
  await all();
  expect(graces).toEqual([]);
});
it("asks again when the API server did not answer", async () => {
  const { graces, all } = seeing([timedOut, timedOut, timedOut], [new Error("away")]);
  await all();
  expect(graces).toEqual([30, 30]);
});
