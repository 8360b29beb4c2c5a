import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { KubeError } from "@seatrial/kube-link/kube-error.ts";
import type { Pod, PodManifest } from "@seatrial/kube-link/kube-types.ts";
import { afterEach, expect, it } from "vitest";
import { createBreaker } from "./create-breaker.ts";

const manifest = { metadata: { name: "st-a" } } as unknown as PodManifest;
const away = new KubeError(503, "ServiceUnavailable", "not now");
const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A running breaker before an API server that answers creates, and tries of its own pod, as set. */
function breaker() {
  const clock = createManualClock();
  const answers: { create: KubeError | null; probe: KubeError | null } = { create: null, probe: null };
  const changes: boolean[] = [];
  let probes = 0;
  let held: Promise<void> | null = null;
  const made = createBreaker({
    ...{ probe: manifest, clock, logger: silentLogger, random: () => 0 },
    pods: {
      async create() {
        if (answers.create) throw answers.create;
        return {} as Pod;
      },
      async tryCreate() {
        probes += 1;
        await (held ?? new Promise((resolve) => setImmediate(resolve)));
        if (answers.probe) throw answers.probe;
      },
    },
  });
  made.subscribe(() => changes.push(made.isBroken()));
  const stopping = new AbortController();
  const running = made.run(stopping.signal);
  closers.push(async () => {
    stopping.abort();
    await running;
  });
  /** So many creates that are answered so. */
  async function create(answer: KubeError | null, times = 1): Promise<void> {
    answers.create = answer;
    for (let time = 0; time < times; time += 1) await made.create(manifest).catch(() => {});
  }
  /** Tries of its own pod are not answered until the returned function is called. */
  function holdProbes(): () => void {
    let release = () => {};
    held = new Promise((resolve) => {
      release = () => {
        held = null;
        resolve();
      };
    });
    return release;
  }
  return { clock, answers, changes, create, holdProbes, isBroken: made.isBroken, probes: () => probes };
}

it("is broken after two refusals in a row, tries now and then, and mends when a try works", async () => {
  const { clock, answers, create, isBroken, probes } = breaker();
  answers.probe = away;
  await create(away);
  expect(isBroken()).toBe(false);
  await create(away);
  expect(isBroken()).toBe(true);
  await clock.sleepers(1);
  expect(probes()).toBe(1);
  answers.probe = null;
  await clock.advance(2_000);
  await settle();
  expect(isBroken()).toBe(false);
});
it("waits between its tries also when a pod was made and others were refused during one", async () => {
  const { answers, create, holdProbes, isBroken, probes } = breaker();
  answers.probe = away;
  const release = holdProbes();
  await create(away, 2);
  await settle();
  await create(null);
  await create(away, 2);
  release();
  await settle();
  expect(isBroken()).toBe(true);
  expect(probes()).toBeLessThanOrEqual(2);
});

const forbidden = (message: string) => new KubeError(403, "Forbidden", message);
const limitRange = forbidden(
  'pods "st-a" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
);
it.each([
  forbidden('pods is forbidden: User "agent" cannot create resource "pods" in API group ""'),
  forbidden("unable to create new content in namespace work because it is being terminated"),
  forbidden('error looking up service account work/default: serviceaccount "default" not found'),
  new KubeError(401, "Unauthorized", "Unauthorized"),
  new KubeError(404, "NotFound", 'namespaces "work" not found'),
])("is broken by what refuses any pod: $message", async (refused) => {
  const { answers, create, isBroken } = breaker();
  answers.probe = refused;
  await create(refused, 2);
  await settle();
  expect(isBroken()).toBe(true);
});
it.each([
  limitRange,
  forbidden('pods "st-a" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true'),
  forbidden('admission webhook "images.example.org" denied the request: image is not signed'),
  forbidden("exceeded quota: work, requested: cpu=1, used: cpu=8, limited: cpu=8"),
])("is not broken by what refuses some pods, though its own be among them: $message", async (refused) => {
  const { answers, changes, create } = breaker();
  answers.probe = refused;
  await create(refused, 5);
  await settle();
  expect(changes).toEqual([]);
});
it("mends when its own pod is refused for what it is: others may be made", async () => {
  const { answers, create, isBroken } = breaker();
  answers.probe = limitRange;
  await create(away, 2);
  await settle();
  expect(isBroken()).toBe(false);
});

const webhook = new KubeError(500, "InternalError", "failed calling webhook: context deadline exceeded");
it("is not broken by errors that may be about the pods, once its own is made all the same", async () => {
  const { changes, create, probes } = breaker();
  for (let pod = 0; pod < 3; pod += 1) {
    await create(webhook, 2);
    await settle();
  }
  expect(probes()).toBe(3);
  expect(changes).toEqual([]);
});
it("is broken by such errors when its own pod is refused too", async () => {
  const { answers, changes, create, clock } = breaker();
  answers.probe = webhook;
  await create(webhook, 2);
  await settle();
  expect(changes).toEqual([true]);
  answers.probe = null;
  await clock.advance(2_000);
  await settle();
  expect(changes).toEqual([true, false]);
});
