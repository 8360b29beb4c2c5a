import type { Page } from "@seatrial/contracts/http/page.ts";
import type { ShardPlacement } from "@seatrial/contracts/placement/placement.ts";
import type { SuiteSpecInput } from "@seatrial/contracts/suites/suite-spec.ts";
import { clusters } from "@seatrial/hub/database/schema/clusters.ts";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import type { TestAgent } from "../../support/test-agent.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("placement on $name", (database) => {
  let world: LeaseWorld;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
    await world.project("shop");
  });
  afterEach(() => world.hub.close());

  /** An agent that has asked once, so that the hub knows its slots. */
  async function ready(name: string, labels: Record<string, string> = {}, slots = 10): Promise<TestAgent> {
    const agent = await world.agent(name, { labels });
    await agent.claim({ slots, slotsFree: 0 });
    return agent;
  }
  const start = (fields: Partial<SuiteSpecInput>) => world.startRun("shop", [commandSuite(fields)]);
  const change = (cluster: string, body: object) =>
    world.hub.json("PATCH", `/v1/clusters/${cluster}`, { body });
  async function explain(runId: string, query = "limit=200"): Promise<Page<ShardPlacement>> {
    return world.hub.json("GET", `/v1/projects/shop/runs/${runId}/placement?${query}`);
  }
  async function taken(agent: TestAgent, slotsFree = 10): Promise<number> {
    const leases = (await agent.claim({ slotsFree })).leases.map(({ leaseId }) => leaseId);
    if (leases.length > 0) await agent.acknowledge(leases);
    return leases.length;
  }
  /** Time passes while the hub is there and these agents ask. */
  async function pass(seconds: number, asking: readonly TestAgent[] = [], step = 10): Promise<void> {
    for (let left = seconds; left > 0; left -= step) {
      world.hub.clock.advance(Math.min(step, left));
      for (const agent of asking) await agent.claim({ slotsFree: 0 });
      await world.tick();
    }
    await world.work();
  }

  it("keeps work away from a taint that it does not tolerate, and says so", async () => {
    const east = await ready("east");
    await change("east", { taints: [{ key: "team", value: "payments" }] });
    const runId = await start({});
    const other = await start({ clusters: { tolerate: [{ key: "team", value: "search" }] } });
    expect(await taken(east)).toBe(0);
    const [shard] = (await explain(runId)).items;
    expect(shard?.waiting?.clusters).toEqual([
      {
        cluster: "east",
        against: [{ code: "taint", message: "has the taint team=payments, which it does not tolerate" }],
      },
    ]);
    const tolerant = await start({ clusters: { tolerate: [{ key: "team" }] } });
    expect((await explain(tolerant)).items[0]?.waiting?.clusters).toEqual([{ cluster: "east", against: [] }]);
    expect(await taken(east)).toBe(1);
    expect((await explain(tolerant)).items[0]).toMatchObject({
      cluster: "east",
      waiting: null,
      reasons: [
        { code: "taint", message: "the suite tolerates team=payments" },
        { code: "chosen", message: "asked first with room for it: it had 10 free slots" },
      ],
    });
    await change("east", { taints: [] });
    expect(await taken(east)).toBe(2);
    expect((await world.shards("shop", other))[0]?.attempts[0]?.placement).toHaveLength(1);
    const audit = await world.hub.json<{ items: { action: string }[] }>("GET", "/v1/audit");
    expect(audit.items.filter(({ action }) => action === "cluster.change")).toHaveLength(2);
  });

  it("says how many slots a cluster had free, also where one answer gives fewer", async () => {
    const east = await ready("east", {}, 200);
    const runId = await start({});
    expect(await taken(east, 200)).toBe(1);
    expect((await explain(runId)).items[0]?.reasons).toEqual([
      { code: "chosen", message: "asked first with room for it: it had 200 free slots" },
    ]);
  });

  it("deals a suite evenly over the values of a label, whoever asks first", async () => {
    const [eu, us] = [await ready("east", { region: "eu" }), await ready("west", { region: "us" })];
    const unlabelled = await ready("other");
    const runId = await start({ shards: 7, clusters: { spread: { label: "region" } } });
    expect(await taken(unlabelled)).toBe(0);
    expect(await taken(eu)).toBe(4);
    expect(await taken(eu)).toBe(0);
    const waiting = (await explain(runId)).items.find((shard) => shard.waiting !== null)?.waiting;
    expect(waiting?.clusters).toEqual([
      {
        cluster: "east",
        against: [{ code: "spread", message: "region eu holds 4, its share of this suite" }],
      },
      {
        cluster: "other",
        against: [{ code: "spread", message: "has no label region, over which the suite is spread" }],
      },
      { cluster: "west", against: [] },
    ]);
    expect(await taken(us)).toBe(3);
  });

  it("keeps the minimum of a region that is full, and never exceeds the maximum", async () => {
    const eu = await ready("east", { region: "eu" });
    const us = await ready("west", { region: "us" }, 2);
    await start({ name: "busy", shards: 2, clusters: { labels: { region: "us" } } });
    const { leases } = await us.claim({ slots: 2, slotsFree: 2 });
    const least = await start({ shards: 5, clusters: { spread: { label: "region", min: 1 } } });
    expect(await taken(eu)).toBe(4);
    const kept = (await explain(least)).items.find((shard) => shard.waiting !== null)?.waiting;
    expect(kept?.clusters.map(({ against }) => against[0]?.code)).toEqual(["spread", "full"]);
    for (const { leaseId } of leases) await us.finish(leaseId);
    expect((await us.claim({ slots: 2, slotsFree: 1 })).leases).toHaveLength(1);
    await start({ name: "few", shards: 4, clusters: { spread: { label: "region", max: 1 } } });
    expect(await taken(eu)).toBe(1);
    expect((await us.claim({ slots: 2, slotsFree: 1 })).leases).toHaveLength(1);
    expect(await taken(eu)).toBe(0);
  });

  it("does not wait for a region whose clusters are silent, and counts a retry at its new place", async () => {
    const [eu, us] = [await ready("east", { region: "eu" }), await ready("west", { region: "us" })];
    await start({ shards: 4, clusters: { spread: { label: "region", max: 4 } } });
    const { leases } = await us.claim();
    expect(leases).toHaveLength(2);
    await us.acknowledge(leases.map(({ leaseId }) => leaseId));
    expect(await taken(eu, 1)).toBe(1);
    // Its share is two: the other region may still ask.
    expect(await taken(eu)).toBe(1);
    const lease = await eu.claim({ slotsFree: 0 });
    expect(lease.leases).toEqual([]);
    await pass(130, [eu]);
    // What either held is lost by now, and nobody counts on the silent region.
    expect(await taken(eu)).toBe(4);
  });

  it("gives nothing new to a cluster that is cordoned, and tells what it waits for", async () => {
    const east = await ready("east");
    const runId = await start({ shards: 2 });
    const { database: open, clock } = world.hub.deps;
    await open.update(clusters).set({ cordonedAt: clock.now() }).where(eq(clusters.name, "east"));
    expect(await taken(east)).toBe(0);
    await pass(11);
    expect((await world.shards("shop", runId))[0]?.reason).toBe("waits: east is cordoned");
    await open.update(clusters).set({ cordonedAt: null }).where(eq(clusters.name, "east"));
    expect(await taken(east)).toBe(2);
  });

  it("goes by priority within a project, and by fairness between projects", async () => {
    const east = await ready("east");
    await world.project("flood");
    const run = async (project: string, shards: number, priority: number) => {
      const body = { suites: [commandSuite({ shards })], priority };
      const { id } = await world.hub.json<{ id: string }>("POST", `/v1/projects/${project}/runs`, { body });
      await world.work();
      return id;
    };
    const late = await run("shop", 1, 0);
    const urgent = await run("shop", 1, 5);
    await run("flood", 3, 100);
    const [first, second] = (await east.claim({ slotsFree: 2 })).leases;
    expect([first?.work.project, second?.work.project].toSorted()).toEqual(["flood", "shop"]);
    expect([first, second].map((lease) => lease?.work.runId)).toContain(urgent);
    expect((await explain(urgent)).items[0]?.reasons.map(({ code }) => code)).toEqual([
      "fairness",
      "priority",
      "chosen",
    ]);
    expect((await explain(late)).items[0]?.waiting).toMatchObject({ ahead: 0, clusters: [{ against: [] }] });
  });

  it("counts what is in front, in pages", async () => {
    await ready("east", {}, 1);
    const runId = await start({ shards: 3 });
    const first = await explain(runId, "limit=2");
    const rest = await explain(runId, `limit=2&cursor=${first.nextCursor}`);
    const all = [...first.items, ...rest.items];
    expect(all.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(all.map(({ waiting }) => waiting?.ahead).toSorted()).toEqual([0, 1, 2]);
    const codes = all.map(({ waiting }) => waiting?.clusters[0]?.against[0]?.code ?? "goes");
    expect(codes.toSorted()).toEqual(["goes", "order", "order"]);
  });

  it("errors what no cluster could ever take, after a time, and nothing that is only silent or full", async () => {
    await ready("east");
    const runId = await start({ clusters: { labels: { region: "moon" } } });
    const patient = await start({});
    await pass(960, [], 50);
    expect(await world.run("shop", runId)).toMatchObject({ state: "errored" });
    const [shard] = await world.shards("shop", runId);
    expect(shard?.reason).toBe(
      "no cluster could take it for 15 minutes: no cluster has the labels region=moon",
    );
    expect(shard?.attempts.map(({ exit }) => exit?.reason)).toEqual(["unplaceable"]);
    expect((await world.run("shop", patient)).state).toBe("running");
    expect((await world.shards("shop", patient))[0]?.reason).toBe("waits: east is silent");
  });

  it("goes by a quota that was changed", async () => {
    const east = await ready("east");
    await world.hub.json("PATCH", "/v1/projects/shop", { body: { runningQuota: 1 } });
    const runId = await start({ shards: 3 });
    expect(await taken(east)).toBe(1);
    const waiting = (await explain(runId)).items.find((shard) => shard.waiting !== null)?.waiting;
    expect(waiting?.reasons).toEqual([
      { code: "quota", message: "east: its project runs 1 and may run 1 at a time" },
    ]);
    await world.hub.json("PATCH", "/v1/projects/shop", { body: { runningQuota: 3 } });
    expect(await taken(east)).toBe(2);
  });
});
