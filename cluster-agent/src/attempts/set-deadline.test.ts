import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { KubeError } from "@seatrial/kube-link/kube-error.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { expect, it } from "vitest";
import { createDeadlineSetter } from "./set-deadline.ts";

const started = "2026-03-01T10:01:40Z";
/** A pod that reached its node 100 s before its command started. */
const pod = {
  metadata: { name: "st-a", uid: "u" },
  spec: { activeDeadlineSeconds: 960 },
  status: { startTime: "2026-03-01T10:00:00Z" },
} as Pod;
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Of a clock that has nothing to do with the node's. */
function setter(refusals: Error[], isAdopted = true) {
  const limits: number[] = [];
  const clock = createManualClock(0);
  const limit = async (_: Pod, seconds: number) => {
    limits.push(seconds);
    const refusal = refusals.shift();
    if (refusal) throw refusal;
  };
  const suite = { timeoutSeconds: 60, isAdopted };
  const set = createDeadlineSetter({ pods: { limit }, logger: silentLogger, clock }, suite);
  return { limits, clock, set };
}

it("counts the timeout from the command's start, once", async () => {
  const { limits, set } = setter([]);
  set(pod, null);
  expect(limits).toEqual([]);
  set(pod, started);
  set(pod, started);
  await settle();
  expect(limits).toEqual([160]);
});
it("tries again at the next sight of the pod when the API server did not answer", async () => {
  const { limits, set } = setter([new KubeError(0, "Unreachable", "away")]);
  set(pod, started);
  await settle();
  set(pod, started);
  await settle();
  set(pod, started);
  expect(limits).toEqual([160, 160]);
});
it("leaves a pod alone that is gone, or whose deadline is as short already", async () => {
  const { limits, set } = setter([new KubeError(404, "NotFound", "gone")]);
  set(pod, started);
  await settle();
  set(pod, started);
  expect(limits).toEqual([160]);
  const adopted = setter([]);
  adopted.set({ ...pod, spec: { ...pod.spec, activeDeadlineSeconds: 160 } }, started);
  expect(adopted.limits).toEqual([]);
});
it("asks nothing of the API server before it has seen the command run for half the timeout", async () => {
  const { limits, set, clock } = setter([], false);
  set(pod, started);
  await clock.advance(29_999);
  set(pod, started);
  expect(limits).toEqual([]);
  await clock.advance(1);
  set(pod, started);
  expect(limits).toEqual([160]);
});
