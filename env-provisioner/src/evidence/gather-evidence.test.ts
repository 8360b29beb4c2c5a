import type { ObjectReference } from "@seatrial/contracts/environments/proof.ts";
import { expect, test } from "vitest";
import { createObjectServer, type ServedObject } from "../testing/object-server.ts";
import { gatherEvidence } from "./gather-evidence.ts";

const core = "/api/v1/namespaces/shop-1";
const apps = "/apis/apps/v1/namespaces/shop-1";
const since = "2030-01-01T10:00:00.400Z";
const before = "2030-01-01T09:59:59Z";
const during = "2030-01-01T10:00:05Z";

async function gather(objects: Record<string, ServedObject[]>, recorded: ObjectReference[] = []) {
  const server = await createObjectServer(objects);
  try {
    const { signal } = new AbortController();
    return await gatherEvidence({ kube: server.kube, namespace: "shop-1", recorded, since, signal });
  } finally {
    await server.close();
  }
}
const pod = (name: string, container: object = {}, more: object = {}) => ({
  metadata: { name, uid: `uid-${name}`, creationTimestamp: before, ...more },
  spec: { nodeName: "node-1" },
  status: { containerStatuses: [{ name: "main", restartCount: 1, ...container }] },
});
const ended = (finishedAt: string, reason = "Error", exitCode = 1) => ({
  lastState: { terminated: { exitCode, reason, finishedAt } },
});
const event = (reason: string, uid: string, at: string, type = "Normal") => ({
  metadata: { name: `${uid}-${reason}` },
  ...{ type, reason, message: "said", lastTimestamp: at },
  involvedObject: { kind: "Pod", name: uid.replace("uid-", ""), uid },
});
const ownedBy = (kind: string, name: string) => ({ ownerReferences: [{ kind, name }] });

test("an environment in which nothing happened gives no evidence", async () => {
  const deployment = { metadata: { name: "web" }, spec: { replicas: 1 }, status: { availableReplicas: 1 } };
  expect(await gather({ [`${apps}/deployments`]: [deployment], [`${core}/pods`]: [pod("web-1")] })).toEqual(
    [],
  );
});

test("ends of containers since the time are told, by their cause; those before it are not", async () => {
  const pods = [
    pod("web-1", ended(during, "OOMKilled", 137)),
    pod("web-2", ended(during)),
    pod("web-3", ended(before)),
  ];
  const found = await gather({ [`${core}/pods`]: pods });
  expect(found).toMatchObject([
    { kind: "oom", object: "Pod/web-1/main", at: "2030-01-01T10:00:05.000Z" },
    { kind: "restart", object: "Pod/web-2/main" },
  ]);
  expect(found[0]?.message).toContain("exit code 137 (OOMKilled)");
});

test("an end within the second in which the time lies counts, as the cluster tells whole seconds", async () => {
  const found = await gather({ [`${core}/pods`]: [pod("web-1", ended("2030-01-01T10:00:00Z"))] });
  expect(found).toHaveLength(1);
});

test("a job's container that came to a good end is none; one that waits because it fails is", async () => {
  const done = { state: { terminated: { exitCode: 0, reason: "Completed", finishedAt: during } } };
  const failing = { state: { waiting: { reason: "CrashLoopBackOff", message: "back-off" } } };
  const starting = { state: { waiting: { reason: "ContainerCreating" } } };
  const pods = [pod("job-1", done), pod("web-1", failing), pod("web-2", starting)];
  const found = await gather({ [`${core}/pods`]: pods });
  expect(found).toMatchObject([{ kind: "restart", object: "Pod/web-1/main", at: null }]);
});

test.each([
  ["web-5c-a", "web-5c-b", ownedBy("ReplicaSet", "web-5c")],
  ["store-0", "store-0", ownedBy("StatefulSet", "store")],
])(
  "pod %s that went and was replaced is told, though all replicas are there again",
  async (gone, name, owner) => {
    const successor = pod(name, {}, { ...owner, creationTimestamp: during, uid: "uid-successor" });
    const events = [event("Killing", `uid-${gone}`, during)];
    const found = await gather({ [`${core}/pods`]: [successor], [`${core}/events`]: events });
    expect(found).toMatchObject([{ kind: "restart", object: `Pod/${gone}`, at: "2030-01-01T10:00:05.000Z" }]);
    expect(found[0]?.message).toContain(`${name} took its place`);
  },
);

test("a pod that was scaled away, or replaced before the time, is no evidence", async () => {
  const owner = ownedBy("ReplicaSet", "web-5c");
  const old = pod("web-5c-b", {}, owner);
  const fresh = pod("web-5c-c", {}, { ...owner, creationTimestamp: during });
  const scaled = { [`${core}/pods`]: [old], [`${core}/events`]: [event("Killing", "uid-web-5c-a", during)] };
  expect(await gather(scaled)).toEqual([]);
  const earlier = {
    [`${core}/pods`]: [fresh],
    [`${core}/events`]: [event("Killing", "uid-web-5c-a", before)],
  };
  expect(await gather(earlier)).toEqual([]);
});

test("replicas that lack, and recorded objects that are gone or others of the same name, are missing now", async () => {
  const short = {
    metadata: { name: "web", uid: "u-1" },
    spec: { replicas: 2 },
    status: { availableReplicas: 1 },
  };
  const service = { metadata: { name: "web", uid: "u-3" } };
  const reference = (kind: string, uid: string, apiVersion = "v1"): ObjectReference => ({
    ...{ apiVersion, kind, namespace: "shop-1", name: "web", uid },
  });
  const recorded = [
    reference("Service", "u-2"),
    reference("Deployment", "u-1", "apps/v1"),
    reference("ConfigMap", "u-9"),
  ];
  const found = await gather({ [`${apps}/deployments`]: [short], [`${core}/services`]: [service] }, recorded);
  expect(found).toMatchObject([
    { kind: "missing", object: "Service/web", at: null },
    { kind: "missing", object: "Deployment/web", message: "1 of 2 replicas are available" },
  ]);
});

const scaled = (available: number, more: object = {}) => ({
  metadata: { name: "web", uid: "u-1" },
  spec: { replicas: 8, ...more },
  status: { availableReplicas: available },
});
const autoscaler = (minReplicas?: number, target: object = {}) => ({
  metadata: { name: "web-by-load" },
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web", ...target },
    minReplicas,
  },
});

test.each([
  [5, autoscaler(2), null],
  [1, autoscaler(2), "1 of 8 replicas are available"],
  [1, autoscaler(), null],
  [0, autoscaler(), "0 of 8 replicas are available"],
  [5, autoscaler(2, { name: "other" }), "5 of 8 replicas are available"],
  [5, autoscaler(2, { kind: "StatefulSet" }), "5 of 8 replicas are available"],
])("of 8 replicas %i are available, with the autoscaler %j: %s", async (available, hpa, message) => {
  const found = await gather({
    [`${apps}/deployments`]: [scaled(available)],
    "/apis/autoscaling/v2/namespaces/shop-1/horizontalpodautoscalers": [hpa],
  });
  expect(found.map((one) => one.message)).toEqual(message === null ? [] : [message]);
});

test("a paused Deployment lacks nothing: its replicas may wait for somebody to go on with it", async () => {
  expect(await gather({ [`${apps}/deployments`]: [scaled(7, { paused: true })] })).toEqual([]);
});

test("a node that is not ready is told if pods of the environment are on it", async () => {
  const node = (name: string) => ({
    metadata: { name },
    status: {
      conditions: [
        { type: "Ready", status: "Unknown", reason: "NodeStatusUnknown", lastTransitionTime: during },
      ],
    },
  });
  const nodes = [node("node-1"), node("node-2")];
  const found = await gather({ [`${core}/pods`]: [pod("web-1")], "/api/v1/nodes": nodes });
  expect(found).toMatchObject([{ kind: "node", object: "Node/node-1", at: "2030-01-01T10:00:05.000Z" }]);
});

test("warnings since the time are told beside; there are 200 at most", async () => {
  const events = [
    event("Unhealthy", "uid-a", during, "Warning"),
    event("Unhealthy", "uid-b", before, "Warning"),
  ];
  expect(await gather({ [`${core}/events`]: events })).toMatchObject([{ kind: "event", object: "Pod/a" }]);
  const many = Array.from({ length: 300 }, (_, index) => event("Failed", `uid-${index}`, during, "Warning"));
  expect(await gather({ [`${core}/events`]: many })).toHaveLength(200);
});
