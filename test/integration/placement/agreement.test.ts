import type { ClusterTaint } from "@seatrial/contracts/clusters/cluster.ts";
import type { Page } from "@seatrial/contracts/http/page.ts";
import type { ShardPlacement } from "@seatrial/contracts/placement/placement.ts";
import { clusters } from "@seatrial/hub/database/schema/clusters.ts";
import { projects } from "@seatrial/hub/database/schema/projects.ts";
import { workItems } from "@seatrial/hub/database/schema/work.ts";
import { eq } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import type { TestAgent } from "../../support/test-agent.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

/** A number and no time limit: what is tried must not depend on how busy the machine is. */
const worldsPerRun = { PGlite: 20, PostgreSQL: 25 };
const clusterNames = ["east", "north", "west"] as const;
const projectNames = ["one", "two"] as const;

const region = fc.constantFrom("eu", "us");
/** Mostly none, so that most work finds a cluster. */
const taints = fc.oneof(
  { weight: 3, arbitrary: fc.constant<ClusterTaint[]>([]) },
  {
    weight: 1,
    arbitrary: fc.subarray<ClusterTaint>([
      { key: "gpu", value: null },
      { key: "team", value: "payments" },
    ]),
  },
);
const tolerate = fc.subarray([
  { key: "gpu", value: null },
  { key: "gpu", value: "" },
  { key: "team", value: "payments" },
  { key: "team", value: "search" },
  { key: "team", value: null },
]);
const clusterState = fc.record({
  labels: fc.oneof(
    { weight: 1, arbitrary: fc.constant({}) },
    { weight: 3, arbitrary: fc.record({ region }) },
  ),
  taints,
  onlyFor: fc.option(fc.constantFrom(...projectNames), { freq: 5 }),
  /** Of ten, so that most take work. */
  fate: fc.constantFrom(
    "ready",
    "ready",
    "ready",
    "ready",
    "ready",
    "ready",
    "cordoned",
    "draining",
    "silent",
  ),
  slots: fc.constantFrom(0, 1, 2, 3, 4, 5, 5),
  allocatable: fc.option(
    fc.record({
      cpuMillis: fc.integer({ min: 0, max: 3_000 }),
      memoryBytes: fc.integer({ min: 200_000_000, max: 2_000_000_000 }),
      pods: fc.nat({ max: 6 }),
      /** Mostly large enough, so that room is what decides. */
      largestNode: fc.option(
        fc.record({
          cpuMillis: fc.constantFrom(500, 5_000, 5_000),
          memoryBytes: fc.constantFrom(200_000_000, 2_000_000_000, 2_000_000_000, 2_000_000_000),
        }),
      ),
    }),
  ),
});
const runShape = fc.record({
  project: fc.constantFrom(...projectNames),
  priority: fc.constantFrom(0, 0, 5),
  shards: fc.integer({ min: 1, max: 5 }),
  cpuMillis: fc.constantFrom(100, 900),
  labels: fc.oneof(fc.constant({}), fc.record({ region })),
  tolerate,
  spread: fc.option(
    fc
      .record({
        label: fc.constant("region"),
        min: fc.nat({ max: 2 }),
        max: fc.option(fc.integer({ min: 1, max: 3 })),
      })
      .filter(({ min, max }) => max === null || min <= max),
  ),
  only: fc.option(fc.constantFrom(...clusterNames), { freq: 5 }),
});
const shapes = fc.record({
  clusters: fc.tuple(clusterState, clusterState, clusterState),
  quotas: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })),
  runs: fc.array(runShape, { minLength: 1, maxLength: 5 }),
  /** Which cluster asks, and for how many of its free slots' work it is then done. */
  claims: fc.array(fc.record({ who: fc.nat({ max: 2 }), done: fc.nat({ max: 3 }) }), {
    minLength: 3,
    maxLength: 8,
  }),
});
type Shape = typeof shapes extends fc.Arbitrary<infer Value> ? Value : never;

/** A world in which work is granted for certain: two regions, three runs, one of them spread. */
const busyWorld: Shape = {
  clusters: [
    { labels: { region: "eu" }, taints: [], onlyFor: null, fate: "ready", slots: 3, allocatable: null },
    { labels: { region: "us" }, taints: [], onlyFor: null, fate: "ready", slots: 2, allocatable: null },
    {
      labels: {},
      taints: [{ key: "gpu", value: null }],
      onlyFor: "one",
      fate: "ready",
      slots: 4,
      allocatable: null,
    },
  ],
  quotas: [4, 6],
  runs: [
    {
      project: "one",
      priority: 0,
      shards: 5,
      cpuMillis: 100,
      labels: {},
      tolerate: [{ key: "gpu", value: null }],
      spread: null,
      only: null,
    },
    {
      project: "two",
      priority: 0,
      shards: 4,
      cpuMillis: 100,
      labels: {},
      tolerate: [],
      spread: { label: "region", min: 1, max: 3 },
      only: null,
    },
    {
      project: "two",
      priority: 5,
      shards: 2,
      cpuMillis: 900,
      labels: { region: "us" },
      tolerate: [],
      spread: null,
      only: null,
    },
  ],
  claims: [0, 1, 2, 1, 0].map((who) => ({ who, done: 1 })),
};

describe.each(databases)("the explanation on $name", (database) => {
  let world: LeaseWorld;
  let agents: TestAgent[];
  let count = 0;
  const runIds: { project: string; id: string }[] = [];
  beforeAll(async () => {
    world = createLeaseWorld(await createTestHub(database));
    for (const name of projectNames) await world.project(name);
    agents = [];
    for (const name of clusterNames) agents.push(await world.agent(name));
  });
  afterAll(() => world.hub.close());

  it("names exactly what a claim then grants, and nothing else is granted", {
    timeout: 600_000,
  }, async () => {
    await tryWorld(busyWorld);
    expect(count).toBeGreaterThan(0);
    await fc.assert(fc.asyncProperty(shapes, tryWorld), { numRuns: worldsPerRun[database.name] });
  });

  async function tryWorld(shape: Shape): Promise<void> {
    const held = clusterNames.map((): string[] => []);
    await setUp(shape);
    for (const { who, done } of shape.claims) {
      const state = shape.clusters[who];
      const agent = agents[who];
      const own = held[who];
      if (state === undefined || agent === undefined || own === undefined || state.fate === "silent")
        continue;
      const foreseen = await foreseenFor(clusterNames[who] ?? "");
      world.hub.clock.advance(0.001);
      const { slots, allocatable } = state;
      const asked = { slots, slotsFree: Math.max(0, slots - own.length), running: own, allocatable };
      const { leases } = await agent.claim(asked);
      expect(leases.map(({ work }) => work.shardId).toSorted()).toEqual(foreseen);
      count += leases.length;
      own.push(...leases.map(({ leaseId }) => leaseId));
      if (leases.length > 0) await agent.acknowledge(leases.map(({ leaseId }) => leaseId));
      // The agent tells the hub what it has now, as it does right after each grant.
      world.hub.clock.advance(0.001);
      await agent.claim({ ...asked, slotsFree: 0, running: own });
      for (const lease of own.splice(0, done)) await agent.finish(lease);
      await agent.claim({ ...asked, slotsFree: 0, running: own });
    }
  }

  /** Ids of the shards against which this cluster has nothing. */
  async function foreseenFor(cluster: string): Promise<string[]> {
    const ids: string[] = [];
    for (const { project, id } of runIds) {
      const path = `/v1/projects/${project}/runs/${id}/placement?limit=200`;
      const { items } = await world.hub.json<Page<ShardPlacement>>("GET", path);
      for (const { shardId, waiting } of items)
        if (waiting?.clusters.find((one) => one.cluster === cluster)?.against.length === 0) ids.push(shardId);
    }
    return ids.toSorted();
  }

  /** Everything of the world before is cancelled; then clusters, quotas and runs are as the shape says. */
  async function setUp({ clusters: states, quotas, runs }: Shape): Promise<void> {
    const { database: open } = world.hub.deps;
    for (const { project, id } of runIds.splice(0)) await world.cancelRun(project, id);
    await world.work();
    world.hub.clock.advance(120);
    await world.tick();
    await world.work();
    const ids = new Map((await open.select().from(projects)).map(({ id, name }) => [name, id]));
    for (const [index, name] of projectNames.entries())
      await open
        .update(projects)
        .set({ runningQuota: quotas[index] ?? 1 })
        .where(eq(projects.name, name));
    for (const [index, state] of states.entries()) {
      const now = world.hub.clock.now();
      const projectIds = state.onlyFor === null ? null : [ids.get(state.onlyFor) ?? ""];
      const labels = { ...state.labels };
      await open
        .update(clusters)
        .set({
          ...{ labels, taints: state.taints, projectIds },
          cordonedAt: state.fate === "cordoned" || state.fate === "draining" ? now : null,
          drainingSince: state.fate === "draining" ? now : null,
        })
        .where(eq(clusters.name, clusterNames[index] ?? ""));
      const { slots, allocatable } = state;
      // A silent one last asked two minutes ago.
      if (state.fate !== "silent") await agents[index]?.claim({ slots, slotsFree: 0, allocatable });
    }
    for (const run of runs) await createRun(run);
  }

  async function createRun(shape: Shape["runs"][number]): Promise<void> {
    const { project, priority, shards, cpuMillis, labels, tolerate: tolerations, spread, only } = shape;
    world.hub.clock.advance(0.001);
    const suite = commandSuite({
      shards,
      resources: { cpuMillis, memoryBytes: 300_000_000 },
      clusters: { labels: { ...labels }, tolerate: tolerations, spread },
    });
    const body = { suites: [suite], priority };
    const { id } = await world.hub.json<{ id: string }>("POST", `/v1/projects/${project}/runs`, { body });
    runIds.push({ project, id });
    await world.work();
    if (only === null) return;
    const { database: open } = world.hub.deps;
    const [cluster] = await open.select().from(clusters).where(eq(clusters.name, only));
    await open
      .update(workItems)
      .set({ onlyClusterId: cluster?.id ?? null })
      .where(eq(workItems.runId, id));
  }
});
