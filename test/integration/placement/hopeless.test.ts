import type { Page } from "@seatrial/contracts/http/page.ts";
import type { ShardPlacement } from "@seatrial/contracts/placement/placement.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import type { TestAgent } from "../../support/test-agent.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("work that no cluster can take, on $name", (database) => {
  let world: LeaseWorld;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
    await world.project("shop");
  });
  afterEach(() => world.hub.close());

  async function pass(seconds: number, step = 50): Promise<void> {
    for (let left = seconds; left > 0; left -= step) {
      world.hub.clock.advance(Math.min(step, left));
      await world.tick();
    }
    await world.work();
  }
  const labelled = (labels: Record<string, string>, shards = 1) =>
    world.startRun("shop", [commandSuite({ shards, clusters: { labels } })]);

  it("ends with a reason of bounded length, however many labels it asks for", async () => {
    await world.agent("east");
    const labels = Object.fromEntries(
      Array.from({ length: 40 }, (_, number) => [`label-${number}`, "v".repeat(63)]),
    );
    const runId = await labelled(labels);
    await pass(1_000);
    expect(await world.run("shop", runId)).toMatchObject({ state: "errored" });
    const [shard] = await world.shards("shop", runId);
    expect(shard?.reason?.length).toBeLessThanOrEqual(2_000);
    expect(shard?.attempts.map(({ exit }) => exit?.reason)).toEqual(["unplaceable"]);
  });

  it("is not ended by time in which the hub was away", async () => {
    await world.agent("east");
    const runId = await labelled({ region: "moon" });
    await pass(100);
    world.hub.clock.advance(3_600);
    await pass(850);
    expect(await world.run("shop", runId)).toMatchObject({ state: "running" });
    await pass(150);
    expect(await world.run("shop", runId)).toMatchObject({ state: "errored" });
  });

  it("waits on while no agent has joined, though a join token was made", async () => {
    await world.hub.json("POST", "/v1/join-tokens", { body: { cluster: "east", role: "agent" } });
    const runId = await labelled({ region: "moon" });
    await pass(1_100);
    expect(await world.run("shop", runId)).toMatchObject({ state: "running" });
  });

  it("is found behind any number of shards that wait for a cluster which is away", async () => {
    const east = await world.agent("east", { labels: { region: "east" } });
    await east.claim({ slots: 1, slotsFree: 0 });
    const patient = await labelled({ region: "east" }, 201);
    world.hub.clock.advance(1);
    const runId = await labelled({ region: "moon" });
    await pass(1_100);
    expect(await world.run("shop", runId)).toMatchObject({ state: "errored" });
    expect(await world.run("shop", patient)).toMatchObject({ state: "running" });
  });

  it("is found as well when it becomes that only after older work was told why it waits", async () => {
    const east = await world.agent("east", { labels: { region: "east" } });
    const gpu = await world.agent("gpu", { labels: { region: "gpu" } });
    for (const agent of [east, gpu]) await agent.claim({ slots: 1, slotsFree: 0 });
    const patient = await labelled({ region: "east" }, 201);
    world.hub.clock.advance(1);
    const runId = await labelled({ region: "gpu" }, 3);
    await pass(200);
    await world.hub.json("POST", "/v1/clusters/gpu/revoke");
    await pass(1_100);
    expect(await world.run("shop", runId)).toMatchObject({ state: "errored" });
    const shards = await world.shards("shop", runId);
    expect(shards.map(({ attempts }) => attempts[0]?.exit?.reason)).toEqual(Array(3).fill("unplaceable"));
    expect(await world.run("shop", patient)).toMatchObject({ state: "running" });
  });

  it("because its suite holds its most everywhere is found while every cluster is full of other work", async () => {
    const agents = [await world.agent("east"), await world.agent("west")];
    for (const agent of agents) await agent.claim({ slots: 2, slotsFree: 0 });
    const take = async (agent: TestAgent) => {
      const { leases } = await agent.claim({ slots: 2, slotsFree: 2 });
      expect(leases).toHaveLength(2);
      const ids = leases.map(({ leaseId }) => leaseId);
      await agent.acknowledge(ids);
      return ids;
    };
    const spread = { label: "cluster", max: 2 };
    const runId = await world.startRun("shop", [commandSuite({ shards: 5, clusters: { spread } })]);
    for (const agent of agents) for (const lease of await take(agent)) await agent.finish(lease);
    await world.startRun("shop", [commandSuite({ name: "busy", shards: 4 })]);
    const held = [];
    for (const agent of agents) held.push({ agent, leases: await take(agent) });
    for (let passed = 0; passed < 1_100; passed += 50) {
      world.hub.clock.advance(50);
      for (const { agent, leases } of held) await agent.heartbeat(leases);
      await world.tick();
    }
    await world.work();
    expect(await world.run("shop", runId)).toMatchObject({ state: "errored" });
    const last = (await world.shards("shop", runId)).find(({ state }) => state === "errored");
    expect(last?.reason).toContain("holds the most it may of this suite, 2");
    expect(last?.attempts.map(({ exit }) => exit?.reason)).toEqual(["unplaceable"]);
  });

  describe("because it asks for more than a node has", () => {
    const gibibyte = 1_024 ** 3;
    /** Two nodes and more together, so that room alone would do. */
    const roomOf = (cpuMillis: number, memoryBytes = 64 * gibibyte) => ({
      ...{ cpuMillis: 200_000, memoryBytes: 900 * gibibyte, pods: 100 },
      largestNode: { cpuMillis, memoryBytes },
    });
    const large = (fields: Parameters<typeof commandSuite>[0] = {}) =>
      world.startRun("shop", [
        commandSuite({ resources: { cpuMillis: 8_000, memoryBytes: 16 * gibibyte }, ...fields }),
      ]);
    const obstacles = async (runId: string) => {
      const path = `/v1/projects/shop/runs/${runId}/placement`;
      const { items } = await world.hub.json<Page<ShardPlacement>>("GET", path);
      return items.map(({ waiting }) => waiting?.reasons);
    };

    it("is given to no cluster, and ends where that is so in all of them", async () => {
      const east = await world.agent("east");
      const runId = await large();
      expect((await east.claim({ allocatable: roomOf(4_000) })).leases).toEqual([]);
      const message = "it asks for 8 cores; the largest node of east has 4";
      expect(await obstacles(runId)).toEqual([[{ code: "room", message: `east: ${message}` }]]);
      for (let passed = 0; passed < 850; passed += 50) {
        await pass(50);
        await east.claim({ allocatable: roomOf(4_000) });
      }
      const waiting = (await world.shards("shop", runId))[0];
      expect(waiting).toMatchObject({ state: "queued", reason: `waits: ${message}` });
      await pass(150);
      expect(await world.run("shop", runId)).toMatchObject({ state: "errored" });
      const [shard] = await world.shards("shop", runId);
      expect(shard?.reason).toBe(`no cluster could take it for 15 minutes: ${message}`);
      expect(shard?.attempts.map(({ exit }) => exit?.reason)).toEqual(["unplaceable"]);
    });

    it("says of which it asks for too much", async () => {
      const east = await world.agent("east");
      await east.claim({ allocatable: roomOf(4_000, 8 * gibibyte) });
      const both = "it asks for 8 cores and 16384 MiB of memory; the largest node of east has 4 and 8192 MiB";
      expect(await obstacles(await large())).toEqual([[{ code: "room", message: `east: ${both}` }]]);
      await east.claim({ allocatable: roomOf(8_000, 8 * gibibyte), slotsFree: 0 });
      const memory = "it asks for 16384 MiB of memory; the largest node of east has 8192 MiB";
      expect(await obstacles(await large({ name: "more" }))).toEqual([
        [{ code: "room", message: `east: ${memory}` }],
      ]);
    });

    it("waits while the agent of a cluster does not tell how large its nodes are", async () => {
      const { largestNode: _, ...older } = roomOf(0);
      const [east, west] = [await world.agent("east"), await world.agent("west")];
      const runId = await large();
      await east.claim({ allocatable: roomOf(4_000) });
      await west.claim({ allocatable: older, slotsFree: 0 });
      await pass(500);
      await west.claim({ allocatable: { ...older, largestNode: null }, slotsFree: 0 });
      await pass(500);
      await west.claim({ allocatable: null, slotsFree: 0 });
      await pass(1_000);
      expect(await world.run("shop", runId)).toMatchObject({ state: "running" });
      expect((await west.claim({ allocatable: older })).leases).toHaveLength(1);
    });

    it("is taken as soon as there is a node of that size", async () => {
      const east = await world.agent("east");
      await large();
      expect((await east.claim({ allocatable: roomOf(7_999) })).leases).toEqual([]);
      await pass(800);
      expect((await east.claim({ allocatable: roomOf(8_000, 16 * gibibyte) })).leases).toHaveLength(1);
    });

    it("is nearer to a cluster that is cordoned than to one that is too small", async () => {
      const [east, west] = [await world.agent("east"), await world.agent("west")];
      await east.claim({ allocatable: roomOf(4_000) });
      await west.claim({ allocatable: roomOf(8_000) });
      await world.hub.json("POST", "/v1/clusters/west/cordon", { body: {} });
      const runId = await large();
      expect(await obstacles(runId)).toEqual([[{ code: "cordoned", message: "west: is cordoned" }]]);
      await pass(1_100);
      expect(await world.run("shop", runId)).toMatchObject({ state: "running" });
    });

    it("leaves no share for a region that is too small when its suite is spread", async () => {
      const eu = await world.agent("east", { labels: { region: "eu" } });
      const us = await world.agent("west", { labels: { region: "us" } });
      await us.claim({ allocatable: roomOf(4_000) });
      await large({ shards: 4, clusters: { spread: { label: "region", min: 2 } } });
      expect((await us.claim({ allocatable: roomOf(4_000) })).leases).toEqual([]);
      expect((await eu.claim({ allocatable: roomOf(8_000) })).leases).toHaveLength(4);
    });
  });

  it("is spread over no name that every object has, where no cluster has it as a label", async () => {
    const east = await world.agent("east");
    await world.startRun("shop", [commandSuite({ clusters: { spread: { label: "constructor" } } })]);
    expect((await east.claim()).leases).toEqual([]);
  });
});
