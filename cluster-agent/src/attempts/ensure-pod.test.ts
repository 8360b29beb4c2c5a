import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { KubeError } from "@seatrial/kube-link/kube-error.ts";
import type { Pod, PodManifest } from "@seatrial/kube-link/kube-types.ts";
import { expect, it } from "vitest";
import type { PodApi } from "../pods/pod-api.ts";
import { ensurePod } from "./ensure-pod.ts";

const manifest = {
  metadata: { name: "st-a", namespace: "work", labels: { "seatrial.dev/lease": "l-new" } },
} as unknown as PodManifest;
const existing = (lease: string, more: object = {}): Pod =>
  ({
    metadata: { name: "st-a", uid: "u", labels: { "seatrial.dev/lease": lease }, ...more },
    spec: {},
  }) as unknown as Pod;

/** An API server whose creates fail as scripted and then work. */
function cluster(failures: KubeError[], found: Pod | null = null) {
  const removed: Pod[] = [];
  let creates = 0;
  const pods = {
    async create() {
      creates += 1;
      const failure = failures.shift();
      if (failure) throw failure;
      return existing("l-new");
    },
    get: async () => found,
    async remove(pod: Pod) {
      removed.push(pod);
    },
  } as unknown as PodApi;
  return { pods, isBroken: () => false, removed, creates: () => creates };
}
const taken = new KubeError(409, "AlreadyExists", "pods st-a already exists");
const quota = new KubeError(403, "Forbidden", "exceeded quota: work, requested: cpu=1");
const idle = new AbortController().signal;

it("a create whose answer was lost finds its own pod", async () => {
  const { pods, isBroken, removed } = cluster([taken], existing("l-new"));
  const ensured = await ensurePod({ pods, isBroken, clock: createManualClock() }, manifest, idle);
  expect(ensured).toMatchObject({ pod: { metadata: { uid: "u" } } });
  expect(removed).toEqual([]);
});
it("the pod of an older lease of the same attempt is removed first", async () => {
  const clock = createManualClock();
  const { pods, isBroken, removed, creates } = cluster([taken], existing("l-old"));
  const ensuring = ensurePod({ pods, isBroken, clock, random: () => 0 }, manifest, idle);
  await clock.sleepers(1);
  expect(removed).toHaveLength(1);
  await clock.advance(1_000);
  expect(await ensuring).toHaveProperty("pod");
  expect(creates()).toBe(2);
});
it("its own pod that is being deleted is waited for, not adopted", async () => {
  const clock = createManualClock();
  const { pods, isBroken, removed } = cluster(
    [taken],
    existing("l-new", { deletionTimestamp: "2026-01-01T00:00:00Z" }),
  );
  const ensuring = ensurePod({ pods, isBroken, clock }, manifest, idle);
  await clock.sleepers(1);
  expect(removed).toEqual([]);
  await clock.advance(1_000);
  expect(await ensuring).toHaveProperty("pod");
});
it("a pod that the API server finds wrong is an exit at once", async () => {
  const { pods, isBroken } = cluster([
    new KubeError(422, "Invalid", "spec.containers[0].image: Required value"),
  ]);
  const ensured = await ensurePod({ pods, isBroken, clock: createManualClock() }, manifest, idle);
  expect(ensured).toMatchObject({
    exit: { reason: "pod_rejected", message: expect.stringContaining("Required value") },
  });
});
it.each([
  new KubeError(403, "Forbidden", 'violates PodSecurity "restricted:latest"'),
  new KubeError(401, "Unauthorized", "Unauthorized"),
  new KubeError(404, "NotFound", 'namespaces "work" not found'),
])("a refusal is waited out for half a minute: $message", async (refused) => {
  const clock = createManualClock();
  const { pods, isBroken } = cluster(Array.from({ length: 99 }, () => refused));
  const ensuring = ensurePod({ pods, isBroken, clock, random: () => 0 }, manifest, idle);
  await clock.sleepers(1);
  await clock.advance(29_000);
  await clock.sleepers(1);
  await clock.advance(10_000);
  expect(await ensuring).toMatchObject({
    exit: { reason: "pod_rejected", message: expect.stringContaining(refused.message) },
  });
});
it("a full quota is waited for, but not for ever", async () => {
  const clock = createManualClock();
  const { pods, isBroken } = cluster(Array.from({ length: 99 }, () => quota));
  const ensuring = ensurePod({ pods, isBroken, clock, random: () => 0 }, manifest, idle);
  for (let seconds = 0; seconds < 120; seconds += 10) {
    await clock.sleepers(1);
    await clock.advance(10_000);
  }
  expect(await ensuring).toMatchObject({
    exit: { reason: "pod_rejected", message: expect.stringContaining("quota") },
  });
});
it("an API server that is away is waited for, and a refusal after that has its own half minute", async () => {
  const clock = createManualClock();
  const away = [0, 503, 500].map((status) => new KubeError(status, "Unavailable", "not now"));
  const { pods, isBroken } = cluster([...away, new KubeError(403, "Forbidden", "not yet")]);
  const ensuring = ensurePod({ pods, isBroken, clock, random: () => 0 }, manifest, idle);
  for (let hours = 0; hours < 4; hours += 1) {
    await clock.sleepers(1);
    await clock.advance(3_600_000);
  }
  expect(await ensuring).toHaveProperty("pod");
});
it("an API server that is away is waited for only while the attempt goes on", async () => {
  const clock = createManualClock();
  const { pods, isBroken } = cluster([new KubeError(0, "Unreachable", "connect ECONNREFUSED")]);
  const stopping = new AbortController();
  const ensuring = ensurePod({ pods, isBroken, clock }, manifest, stopping.signal);
  await clock.sleepers(1);
  stopping.abort();
  expect(await ensuring).toBe("stopped");
});

const large = new KubeError(500, "Unknown", "etcdserver: request is too large");
it.each([large, new KubeError(429, "TooManyRequests", "later")])(
  "an error that may be about the pod is waited out for two minutes: $message",
  async (error) => {
    const clock = createManualClock();
    const { pods, isBroken } = cluster(Array.from({ length: 99 }, () => error));
    const ensuring = ensurePod({ pods, isBroken, clock, random: () => 0 }, manifest, idle);
    for (let seconds = 0; seconds < 120; seconds += 10) {
      await clock.sleepers(1);
      await clock.advance(10_000);
    }
    expect(await ensuring).toMatchObject({
      exit: { reason: "pod_rejected", message: expect.stringContaining(error.message) },
    });
  },
);
it("such an error is waited for while the cluster makes no pod at all, and two minutes more", async () => {
  const clock = createManualClock();
  const { pods } = cluster(Array.from({ length: 99 }, () => large));
  let isBroken = true;
  const ensuring = ensurePod({ pods, isBroken: () => isBroken, clock, random: () => 0 }, manifest, idle);
  let isOver = false;
  void ensuring.then(() => {
    isOver = true;
  });
  for (let hours = 0; hours < 4; hours += 1) {
    await clock.sleepers(1);
    await clock.advance(3_600_000);
  }
  isBroken = false;
  for (let seconds = 0; seconds < 120; seconds += 10) {
    await clock.sleepers(1);
    expect(isOver).toBe(false);
    await clock.advance(10_000);
  }
  await clock.sleepers(1);
  await clock.advance(10_000);
  expect(await ensuring).toMatchObject({ exit: { reason: "pod_rejected" } });
});
