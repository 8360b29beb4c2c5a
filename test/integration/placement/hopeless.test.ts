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

  it("is spread over no name that every object has, where no cluster has it as a label", async () => {
    const east = await world.agent("east");
    await world.startRun("shop", [commandSuite({ clusters: { spread: { label: "constructor" } } })]);
    expect((await east.claim()).leases).toEqual([]);
  });
});
