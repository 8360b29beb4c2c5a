import type { Cluster } from "@seatrial/contracts/clusters/cluster.ts";
import type { RunEvent } from "@seatrial/contracts/runs/run-event.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import type { TestAgent } from "../../support/test-agent.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

type Running = { agent: TestAgent; lease: string; cluster: string; runId: string };

describe.each(databases)("whose outage it is, on $name", (database) => {
  let world: LeaseWorld;
  let started: Running[] = [];
  let count = 0;
  beforeAll(async () => {
    world = createLeaseWorld(await createTestHub(database, { settings: { absentAfterSeconds: 8 } }));
    await world.project("p");
  });
  afterAll(() => world.hub.close());
  afterEach(async () => {
    for (const { runId } of started) await world.hub.call("POST", `/v1/projects/p/runs/${runId}/cancel`);
    await world.work();
    await passes(130);
    started = [];
  });

  /** Time with a hub that works: a tick every five seconds. */
  async function passes(seconds: number): Promise<number> {
    let lost = 0;
    for (let passed = 0; passed < seconds; passed += 5) {
      world.hub.clock.advance(Math.min(5, seconds - passed));
      lost += (await world.tick()).lost;
    }
    return lost;
  }
  /** That many clusters, each with a shard that runs. */
  async function clustersAtWork(clusters: number): Promise<Running[]> {
    await world.tick();
    for (let index = 0; index < clusters; index += 1) {
      count += 1;
      const cluster = `c-${count}`;
      const agent = await world.agent(cluster, { labels: { name: cluster } });
      const suite = commandSuite({ clusters: { labels: { name: cluster } } });
      const runId = await world.startRun("p", [suite]);
      const lease = (await agent.claim()).leases[0]?.leaseId ?? "";
      await agent.acknowledge([lease]);
      started.push({ agent, lease, cluster, runId });
    }
    return started;
  }
  const beat = async ({ agent, lease }: Running) => (await agent.heartbeat([lease])).leases[0]?.state;

  it("a cluster that falls silent while the hub works loses its leases", async () => {
    await clustersAtWork(1);
    expect(await passes(55)).toBe(0);
    expect(await passes(10)).toBe(1);
  });

  it("an absence of the hub costs no cluster its leases: each has as much time left as before", async () => {
    const [east] = await clustersAtWork(1);
    await passes(40);
    world.hub.clock.advance(120);
    expect(await world.tick()).toMatchObject({ lost: 0, handedBack: 0 });
    expect(await world.tick()).toMatchObject({ lost: 0 });
    expect(await passes(10)).toBe(0);
    expect(east && (await beat(east))).toBe("held");
    expect(await passes(55)).toBe(0);
    expect(await passes(10)).toBe(1);
  });

  it("an absence of the hub in which a drain ended takes nothing from an agent that could not be told", async () => {
    const [east] = await clustersAtWork(1);
    if (east === undefined) throw new Error("nothing runs");
    const body = { withinSeconds: 10 };
    await world.hub.json("POST", `/v1/clusters/${east.cluster}/drain`, { body });
    world.hub.clock.advance(600);
    expect(await world.tick()).toMatchObject({ lost: 0, handedBack: 0 });
    expect((await east.agent.finish(east.lease)).status).toBe(200);
    await world.work();
    expect((await world.run("p", east.runId)).state).toBe("passed");
  });

  it("is told once, however many workers tick at the same time", async () => {
    await clustersAtWork(1);
    await passes(10);
    world.hub.clock.advance(30);
    await Promise.all(Array.from({ length: 5 }, () => world.tick()));
    expect(await passes(40)).toBe(0);
    expect(await passes(10)).toBe(1);
  });

  it("a holder that is heard before the first tick after an absence keeps its lease as well", async () => {
    const [east] = await clustersAtWork(1);
    world.hub.clock.advance(600);
    expect(east && (await beat(east))).toBe("held");
    expect(await world.tick()).toMatchObject({ lost: 0 });
  });

  it("of three clusters two fall silent together: their leases wait, the hub says so, and they come back", async () => {
    const [east, west, north] = await clustersAtWork(3);
    for (let round = 0; round < 20; round += 1) {
      expect(await passes(10)).toBe(0);
      expect(north && (await beat(north))).toBe("held");
    }
    // A deadline that passed and decides nothing must not make the worker tick for ever.
    expect((await world.tick()).nextDueInSeconds).toBeNull();
    const shown = await world.hub.json<Cluster>("GET", `/v1/clusters/${east?.cluster}`);
    expect(shown).toMatchObject({ state: "silent", leasesKeptSince: expect.any(String) });
    const toldOf = async (runId: string | undefined) => {
      const path = `/v1/projects/p/runs/${runId}/events?limit=200`;
      const { items } = await world.hub.json<{ items: RunEvent[] }>("GET", path);
      return items.filter(
        ({ type, data }) => type === "run.waiting" && `${data.reason}`.includes("silent together"),
      );
    };
    expect(await toldOf(east?.runId)).toHaveLength(1);
    expect(await toldOf(north?.runId)).toEqual([]);
    for (const back of [east, west]) expect(back && (await beat(back))).toBe("held");
    expect(await passes(10)).toBe(0);
    const again = await world.hub.json<Cluster>("GET", `/v1/clusters/${east?.cluster}`);
    expect(again.leasesKeptSince).toBeNull();
  });

  it("of three clusters two fall silent one after the other: neither loses its leases", async () => {
    const [, west, north] = await clustersAtWork(3);
    let lost = 0;
    for (let round = 0; round < 20; round += 1) {
      lost += await passes(10);
      if (round < 3 && west) await beat(west);
      if (north) await beat(north);
    }
    expect(lost).toBe(0);
  });

  it("no longer than ten minutes", async () => {
    const [, , north] = await clustersAtWork(3);
    let lost = 0;
    for (let round = 0; round < 68; round += 1) {
      lost += await passes(10);
      if (north) await beat(north);
      if (round < 60) expect(lost).toBe(0);
    }
    expect(lost).toBe(2);
  });

  it("one silent cluster of three, and both of two, are their own outage", async () => {
    const [, west, north] = await clustersAtWork(3);
    let lost = 0;
    for (let round = 0; round < 7; round += 1) {
      lost += await passes(10);
      for (const alive of [west, north]) if (alive) await beat(alive);
    }
    expect(lost).toBe(1);
    expect(await passes(75)).toBe(2);
  });
});
