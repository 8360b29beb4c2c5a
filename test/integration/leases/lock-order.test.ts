import type { Transaction } from "@seatrial/hub/database/database.ts";
import { executeRows } from "@seatrial/hub/database/execute-rows.ts";
import { workItems } from "@seatrial/hub/database/schema/work.ts";
import { asc, eq, sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import type { TestAgent } from "../../support/test-agent.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

/** Only a real server runs transactions side by side; PGlite has one connection. */
const postgres = databases.filter(({ name }) => name === "PostgreSQL");

describe.each(postgres)("what changes several leases at once on $name", (database) => {
  let world: LeaseWorld;
  let east: TestAgent;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database, { settings: { absentAfterSeconds: 8 } }));
    await world.project("shop");
    east = await world.agent("east");
  });
  afterEach(() => world.hub.close());

  /** A run of two shards that run, the later one leased first: no other order than that of their ids is that one. */
  async function twoLeases(): Promise<{ runId: string; leases: string[]; first: string; second: string }> {
    const runId = await world.startRun("shop", [commandSuite({ shards: 2 })]);
    const { database } = world.hub.deps;
    const [first, second] = await database.select().from(workItems).orderBy(asc(workItems.id));
    if (first === undefined || second === undefined) throw new Error("there are not two items");
    await database.update(workItems).set({ priority: 9 }).where(eq(workItems.id, second.id));
    const leases: string[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      const answer = await east.claim({ slotsFree: 1, running: leases });
      leases.push(...answer.leases.map(({ leaseId }) => leaseId));
      await east.acknowledge(leases);
    }
    return { runId, leases, first: first.id, second: second.id };
  }

  /** Somebody holds the first row; answers whether the second is still free once the work waits for the first. */
  async function leavesFree(first: string, second: string, work: () => Promise<unknown>): Promise<boolean> {
    const { database } = world.hub.deps;
    const lock = (tx: Transaction, id: string) =>
      executeRows(tx, sql`select id from work_items where id = ${id} for update skip locked`);
    const locked = Promise.withResolvers<void>();
    const looked = Promise.withResolvers<void>();
    const holding = database.transaction(async (tx) => {
      await lock(tx as Transaction, first);
      locked.resolve();
      await looked.promise;
    });
    await Promise.race([locked.promise, holding]);
    const working = work();
    await somebodyWaits();
    const free = await database.transaction((tx) => lock(tx as Transaction, second));
    looked.resolve();
    await Promise.all([holding, working]);
    return free.length === 1;
  }

  async function somebodyWaits(): Promise<void> {
    for (;;) {
      const waiting = await executeRows(
        world.hub.deps.database,
        sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      if (waiting.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it("takes them by id when an order is noted, as heartbeats do", async () => {
    const { runId, leases, first, second } = await twoLeases();
    await world.cancelRun("shop", runId);
    expect(await leavesFree(first, second, () => east.claim({ running: leases }))).toBe(true);
  });

  it("takes them by id when the hub's own absence is added", async () => {
    const { first, second } = await twoLeases();
    await world.tick();
    world.hub.clock.advance(30);
    expect(await leavesFree(first, second, () => world.tick())).toBe(true);
  });
});
