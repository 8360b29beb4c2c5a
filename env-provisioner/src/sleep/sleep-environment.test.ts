import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createObjectServer, type ObjectServer } from "../testing/object-server.ts";
import { sleepEnvironment } from "./sleep-environment.ts";
import { waitUntilAwake, wakeWorkloads } from "./wake-environment.ts";

const apps = "/apis/apps/v1/namespaces/shop-1";
const cronJobs = "/apis/batch/v1/namespaces/shop-1/cronjobs";
const podPath = "/api/v1/namespaces/shop-1/pods";
const pod = (name: string, owner: string) => ({ metadata: { name, ownerReferences: [{ kind: owner }] } });
const workload = (name: string, replicas?: number) => ({
  metadata: { name, generation: 1 },
  spec: replicas === undefined ? {} : { replicas },
  status: { observedGeneration: 1, availableReplicas: replicas ?? 1 },
});

let server: ObjectServer;
beforeEach(async () => {
  server = await createObjectServer({
    [`${apps}/deployments`]: [workload("web", 3), workload("implicit"), workload("off", 0)],
    [`${apps}/statefulsets`]: [workload("store", 2)],
    [cronJobs]: [
      { metadata: { name: "nightly" }, spec: {} },
      { metadata: { name: "paused" }, spec: { suspend: true } },
    ],
    [podPath]: [],
  });
});
afterEach(() => server.close());

const deps = (clock = createManualClock()) => ({
  ...{ kube: server.kube, namespace: "shop-1", clock, signal: new AbortController().signal },
});
/** What each workload wants now. */
const wants = () =>
  Object.fromEntries(
    [...(server.objects[`${apps}/deployments`] ?? []), ...(server.objects[`${apps}/statefulsets`] ?? [])]
      .concat(server.objects[cronJobs] ?? [])
      .map(({ metadata, spec }) => {
        const { replicas, suspend } = spec as { replicas?: number; suspend?: boolean };
        return [metadata.name, replicas ?? suspend];
      }),
  );

test("what sleeps gets back exactly what it had, and what was off before stays off", async () => {
  expect(await sleepEnvironment(deps(), 60)).toBe(4);
  expect(wants()).toEqual({ web: 0, implicit: 0, off: 0, store: 0, nightly: true, paused: true });
  expect(await wakeWorkloads(deps())).toBe(4);
  expect(wants()).toEqual({ web: 3, implicit: 1, off: 0, store: 2, nightly: false, paused: true });
  expect(JSON.stringify(server.objects)).not.toContain("seatrial.dev/replicas");
});

test("a sleep that was cut off and is done again remembers what was there at first", async () => {
  await sleepEnvironment(deps(), 60);
  const [web] = server.objects[`${apps}/deployments`] ?? [];
  if (web) web.spec = { replicas: 1 };
  expect(await sleepEnvironment(deps(), 60)).toBe(1);
  await wakeWorkloads(deps());
  expect(wants()).toMatchObject({ web: 3 });
});

test("waking what is awake writes nothing", async () => {
  expect(await wakeWorkloads(deps())).toBe(0);
  expect(server.writes).toEqual([]);
});

test("a memory that somebody has overwritten comes to one replica", async () => {
  await sleepEnvironment(deps(), 60);
  for (const one of server.objects[`${apps}/deployments`] ?? [])
    Object.assign(one.metadata, { annotations: { "seatrial.dev/replicas": "many" } });
  await wakeWorkloads(deps());
  expect(wants()).toMatchObject({ web: 1 });
});

test("a sleep waits for the pods of what it scaled, and for no others", async () => {
  server.objects[podPath] = [pod("web-1", "ReplicaSet"), pod("log-1", "DaemonSet"), pod("job-1", "Job")];
  const clock = createManualClock();
  const asleep = sleepEnvironment(deps(clock), 60);
  await clock.sleepers(1);
  server.objects[podPath] = [pod("log-1", "DaemonSet"), pod("job-1", "Job")];
  await clock.advance(1_000);
  expect(await asleep).toBe(4);
});

test("pods that stay are named when the time is over", async () => {
  server.objects[podPath] = [pod("store-0", "StatefulSet")];
  const clock = createManualClock();
  const asleep = sleepEnvironment(deps(clock), 10).catch((error: unknown) => error);
  let isOver = false;
  void asleep.then(() => {
    isOver = true;
  });
  while (!isOver) {
    await Promise.race([clock.sleepers(1), asleep]);
    await clock.advance(5_000);
  }
  expect(await asleep).toMatchObject({ code: "not_ready", message: expect.stringContaining("store-0") });
});

test("awake means that the newest wish is seen and every replica is available; else the first that lacks some is named", async () => {
  await waitUntilAwake(deps(), 0);
  const [web] = server.objects[`${apps}/deployments`] ?? [];
  if (web) web.metadata = { ...web.metadata, generation: 2 } as { name: string };
  await expect(waitUntilAwake(deps(), 0)).rejects.toMatchObject({
    code: "not_ready",
    message: expect.stringContaining("Deployment web"),
  });
});
