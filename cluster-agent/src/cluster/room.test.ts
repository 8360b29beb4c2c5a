import type { LeaseGrant, ShardWork } from "@seatrial/contracts/agent-protocol/claim.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { createKubeClient } from "@seatrial/kube-link/kube-client.ts";
import type { Node, Pod } from "@seatrial/kube-link/kube-types.ts";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { buildPod, type PodSettings } from "../pods/build-pod.ts";
import { createPodFeed } from "../pods/pod-feed.ts";
import { createFakeApiServer, type Refusal, readyNode } from "../testing/fake-api-server.ts";
import { keepOffer, type Offer, offerNow } from "./keep-offer.ts";
import { createRoomMeter } from "./measure-room.ts";
import { createStuckNotice } from "./notice-stuck.ts";
import { podRequests } from "./pod-requests.ts";

const gibibyte = 1_024 ** 3;
const mebibyte = 1_024 ** 2;
const never = new AbortController().signal;
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const settings: PodSettings = {
  ...{ namespace: "work", installation: "east", helperImage: "registry/helper:1", podSecurity: "restricted" },
  ...{ nodes: { nodeSelector: {}, tolerations: [] }, hubUrl: "https://hub:8443", hubCaPem: null },
};
function grant(leaseId: string, work: Partial<ShardWork> = {}): LeaseGrant {
  const at = "2026-01-01T00:00:00Z";
  return {
    ...{ leaseId, kind: "shard", expiresAt: at, acknowledgeBy: at, leaseToken: "secret" },
    work: {
      ...{ project: "shop", runId: "r-1", suite: "api", shardId: "sh-1", attemptId: `a-${leaseId}` },
      ...{ attemptNumber: 1, mode: "test", shardIndex: 0, shardCount: 1, tool: null, image: "busybox" },
      ...{ command: ["true"], arguments: [], path: "", env: {}, cpuMillis: 500, memoryBytes: gibibyte },
      ...{ timeoutSeconds: 60, content: false, cases: false, reports: { junit: [] }, artifacts: [] },
      ...{ environment: null, ...work },
    },
  };
}
let version = 0;
function podOf(leaseId: string, more: { nodeName?: string; phase?: string } = {}, work = {}): Pod {
  version += 1;
  const { metadata, spec } = buildPod(grant(leaseId, work), settings);
  const { nodeName, phase = "Running" } = more;
  return {
    metadata: { ...metadata, uid: leaseId, resourceVersion: String(version) },
    spec: { ...spec, ...(nodeName === undefined ? {} : { nodeName }) },
    status: { phase },
  };
}

async function meterOn(
  nodes: Node[],
  choice: PodSettings["nodes"] = settings.nodes,
  refuse: () => Refusal | null = () => null,
) {
  const api = await createFakeApiServer({ nodes, refuse });
  closers.push(api.close);
  const access = { caPem: null, clientCertificatePem: null, clientKeyPem: null, token: async () => null };
  const kube = createKubeClient({ server: api.url, ...access });
  closers.push(kube.close);
  const logged: string[] = [];
  const logger = pino({ level: "warn" }, { write: (line: string) => void logged.push(line) });
  const feed = createPodFeed();
  const room = createRoomMeter({
    ...{ kube, feed, settings: { ...settings, nodes: choice }, clock: createManualClock(), logger },
    everyMilliseconds: 30_000,
  });
  return { api, feed, room, logged };
}

describe("the room that a cluster has", () => {
  it("is unknown before the nodes were listed, and then what they have for pods together", async () => {
    const { room } = await meterOn([
      readyNode("n1", { cpu: "3920m", memory: "8Gi", pods: "110" }),
      readyNode("n2", { cpu: "2", memory: "4194304Ki", pods: "20" }),
    ]);
    expect(room.allocatable()).toBeNull();
    await room.measure(never);
    expect(room.allocatable()).toMatchObject({ cpuMillis: 5_920, memoryBytes: 12 * gibibyte, pods: 130 });
  });
  it("is read page by page, whatever the number of nodes", async () => {
    const { room, api } = await meterOn(
      Array.from({ length: 120 }, (_, i) => readyNode(`n${i}`, { cpu: "1" })),
    );
    await room.measure(never);
    expect(room.allocatable()?.cpuMillis).toBe(120_000);
    expect(api.requests.length).toBeGreaterThan(1);
  });
  it("leaves out nodes that our pods may not use", async () => {
    const pool = { pool: "tests" };
    const made = (name: string, change: (node: Node) => void, labels: Record<string, string> = pool) => {
      const node = readyNode(name, { cpu: "1" });
      node.metadata.labels = labels;
      change(node);
      return node;
    };
    const taint = (key: string, effect: string, value?: string) => (node: Node) => {
      node.spec = { taints: [{ key, effect, ...(value === undefined ? {} : { value }) }] };
    };
    const choice = {
      nodeSelector: pool,
      tolerations: [
        { key: "tests", operator: "Exists" as const },
        { key: "team", value: "a" },
      ],
    };
    const usable = [
      made("plain", () => {}),
      made("tolerated", taint("tests", "NoExecute", "x")),
      made("of-the-team", taint("team", "NoSchedule", "a")),
      made("preferred", taint("other", "PreferNoSchedule")),
    ];
    const others = [
      made("unlabelled", () => {}, {}),
      made("cordoned", (node) => {
        node.spec = { unschedulable: true };
      }),
      made("not-ready", (node) => {
        node.status = { ...node.status, conditions: [{ type: "Ready", status: "Unknown" }] };
      }),
      made("of-another-team", taint("team", "NoSchedule", "b")),
      made("tainted", taint("gpu", "NoSchedule")),
    ];
    const { room } = await meterOn([...usable, ...others], choice);
    await room.measure(never);
    expect(room.allocatable()?.cpuMillis).toBe(4_000);
  });
  it("is less by what our pods there and leases without a pod ask for, each once, and never below nothing", async () => {
    const { room, feed } = await meterOn([
      readyNode("n1", { cpu: "2", memory: "8Gi", pods: "9" }),
      { ...readyNode("n2", { cpu: "2" }), spec: { unschedulable: true } },
    ]);
    await room.measure(never);
    feed.observe(podOf("l-1", { nodeName: "n1" }));
    expect(room.allocatable()).toMatchObject({ cpuMillis: 1_500, memoryBytes: 7 * gibibyte, pods: 8 });
    const forget = room.expect(grant("l-1"));
    room.expect(grant("l-2"));
    feed.observe(podOf("l-over", { nodeName: "n1", phase: "Failed" }));
    feed.observe(podOf("l-elsewhere", { nodeName: "n2" }));
    expect(room.allocatable()).toMatchObject({ cpuMillis: 1_000, memoryBytes: 6 * gibibyte, pods: 7 });
    room.expect(grant("l-3"));
    room.expect(grant("l-4"));
    forget();
    feed.observe(podOf("l-5", { phase: "Pending" }));
    expect(room.allocatable()).toMatchObject({ cpuMillis: 0, pods: 4 });
    feed.observe(podOf("l-6"));
    expect(room.allocatable()?.cpuMillis).toBe(0);
  });
  it("is less by a pod that is over until its lease is no longer in hand, since the hub gives that room on", async () => {
    const { room, feed } = await meterOn([readyNode("n1", { cpu: "2", memory: "8Gi", pods: "9" })]);
    await room.measure(never);
    const forget = room.expect(grant("l-1"));
    feed.observe(podOf("l-1", { nodeName: "n1", phase: "Succeeded" }));
    expect(room.allocatable()).toMatchObject({ cpuMillis: 1_500, memoryBytes: 7 * gibibyte, pods: 8 });
    forget();
    expect(room.allocatable()).toMatchObject({ cpuMillis: 2_000, memoryBytes: 8 * gibibyte, pods: 9 });
  });
  it("names the most that any one usable node has of each, whatever runs there", async () => {
    const { room, feed } = await meterOn([
      readyNode("fast", { cpu: "4", memory: "8Gi" }),
      readyNode("wide", { cpu: "2", memory: "32Gi" }),
      { ...readyNode("cordoned", { cpu: "64", memory: "256Gi" }), spec: { unschedulable: true } },
    ]);
    await room.measure(never);
    feed.observe(podOf("l-1", { nodeName: "fast" }));
    expect(room.allocatable()?.largestNode).toEqual({ cpuMillis: 4_000, memoryBytes: 32 * gibibyte });
  });
  it("names no largest node where none may be used: what comes back may be of any size", async () => {
    const { room } = await meterOn([{ ...readyNode("n1", { cpu: "4" }), spec: { unschedulable: true } }]);
    await room.measure(never);
    expect(room.allocatable()).toMatchObject({ cpuMillis: 0, largestNode: null });
  });
  it("counts what runs beside the tests in their pod", () => {
    const bare = podRequests(podOf("l-1").spec);
    const helped = podRequests(podOf("l-1", {}, { content: true }).spec);
    expect(bare).toEqual({ cpuMillis: 500, memoryBytes: gibibyte });
    expect(helped).toEqual({ cpuMillis: 510, memoryBytes: gibibyte + 24 * mebibyte });
    const small = podRequests(podOf("l-1", {}, { content: true, memoryBytes: mebibyte }).spec);
    expect(small.memoryBytes).toBe(32 * mebibyte);
  });
  it("is unknown when the cluster does not let nodes be listed, which is said once", async () => {
    const refusal = { code: 403, reason: "Forbidden", message: "cannot list nodes" };
    const { room, logged } = await meterOn([], settings.nodes, () => refusal);
    await room.measure(never);
    await room.measure(never);
    expect(room.allocatable()).toBeNull();
    expect(logged).toHaveLength(1);
  });
  it("stays what it was while the API server is away", async () => {
    let refusal: Refusal | null = null;
    const { room } = await meterOn([readyNode("n1", { cpu: "2" })], settings.nodes, () => refusal);
    await room.measure(never);
    refusal = { code: 503, reason: "ServiceUnavailable", message: "later" };
    await room.measure(never);
    expect(room.allocatable()?.cpuMillis).toBe(2_000);
  });
});

describe("what an agent offers", () => {
  const waiting = (leaseId: string): Pod => ({
    ...podOf(leaseId),
    status: {
      phase: "Pending",
      conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }],
    },
  });

  /** Of an agent with three free slots, whose pods are these. */
  function offering(podsInHand: () => Pod[], clock = createManualClock()) {
    const isStuck = createStuckNotice({ podsInHand, clock });
    return () => offerNow({ slotsFree: () => 3, allocatable: () => null, isStuck, isBroken: () => false });
  }

  it("is no slot while a pod of ours finds no node", () => {
    const feed = createPodFeed();
    const now = offering(feed.all);
    feed.observe(podOf("l-1", { nodeName: "n1" }));
    expect(now().slotsFree).toBe(3);
    feed.observe(waiting("l-2"));
    expect(now().slotsFree).toBe(0);
    feed.observe(podOf("l-2", { nodeName: "n1" }));
    expect(now().slotsFree).toBe(3);
  });
  it("is what it was once a pod has waited for three minutes, until another one waits", async () => {
    const feed = createPodFeed();
    const clock = createManualClock();
    const now = offering(feed.all, clock);
    feed.observe(waiting("l-1"));
    expect(now().slotsFree).toBe(0);
    await clock.advance(179_000);
    expect(now().slotsFree).toBe(0);
    await clock.advance(1_000);
    expect(now().slotsFree).toBe(3);
    feed.observe(waiting("l-2"));
    expect(now().slotsFree).toBe(0);
    await clock.advance(180_000);
    expect(now().slotsFree).toBe(3);
  });
  it("is told anew when it changes, and not when it does not", async () => {
    const feed = createPodFeed();
    const clock = createManualClock();
    const stopping = new AbortController();
    const now = offering(feed.all, clock);
    let held = now();
    let refreshed = 0;
    const claims = {
      held: () => ({
        ...held,
        instance: "i",
        kinds: [],
        slots: 3,
        running: [],
        waitSeconds: 25,
        spool: null,
      }),
      refresh() {
        refreshed += 1;
        held = now();
      },
    };
    const keeping = keepOffer(
      { now, capacity: () => "", sources: [feed.subscribeAll], claims, clock, everyMilliseconds: 500 },
      stopping.signal,
    );
    const look = async () => {
      await clock.sleepers(1);
      await clock.advance(500);
    };
    feed.observe(podOf("l-1", { nodeName: "n1" }));
    await look();
    expect(refreshed).toBe(0);
    feed.observe(waiting("l-2"));
    await look();
    expect(refreshed).toBe(1);
    feed.observe(podOf("l-2", { nodeName: "n1" }));
    await look();
    expect(refreshed).toBe(2);
    stopping.abort();
    await keeping;
  });
  it("is told anew when a larger node takes the place of smaller ones that had the same together", async () => {
    const clock = createManualClock();
    const stopping = new AbortController();
    let largest = 2_000;
    const now = (): Offer => {
      const largestNode = { cpuMillis: largest, memoryBytes: gibibyte };
      return { slotsFree: 3, allocatable: { cpuMillis: 4_000, memoryBytes: gibibyte, pods: 9, largestNode } };
    };
    let held = now();
    let refreshed = 0;
    const claims = {
      held: () => ({
        ...held,
        instance: "i",
        kinds: [],
        slots: 3,
        running: [],
        waitSeconds: 25,
        spool: null,
      }),
      refresh() {
        refreshed += 1;
        held = now();
      },
    };
    const capacity = () => String(largest);
    const keeping = keepOffer(
      { now, capacity, sources: [], claims, clock, everyMilliseconds: 500 },
      stopping.signal,
    );
    const look = async () => {
      for (const milliseconds of [5_000, 500]) {
        await clock.sleepers(1);
        await clock.advance(milliseconds);
      }
    };
    await look();
    expect(refreshed).toBe(0);
    largest = 4_000;
    await look();
    expect(refreshed).toBe(1);
    stopping.abort();
    await keeping;
  });
});
