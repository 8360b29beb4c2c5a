import { executeRows } from "@seatrial/hub/database/execute-rows.ts";
import { openDatabase } from "@seatrial/hub/database/open-database.ts";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import { type PostgresServer, startPostgres } from "../../support/postgres-server.ts";
import { createTestHub } from "../../support/test-hub.ts";

const queued = 3_000;

describe("a long queue", () => {
  let server: PostgresServer;
  let world: LeaseWorld;
  beforeAll(async () => {
    server = await startPostgres();
    const url = await server.createDatabase();
    // One connection does everything, so its counters are exact.
    const open = () => openDatabase({ url, connections: 1 });
    world = createLeaseWorld(await createTestHub({ name: "PostgreSQL", open }));
    await world.project("shop");
    const suites = [1, 2, 3, 4, 5, 6].map((one) => commandSuite({ name: `s${one}`, shards: queued / 6 }));
    await world.startRun("shop", suites);
    await world.hub.deps.database.execute(sql`analyze`);
  });
  afterAll(async () => {
    await world.hub.close();
    await server.stop();
  });

  async function count(): Promise<number> {
    const { database } = world.hub.deps;
    await database.execute(sql`select pg_stat_force_next_flush()`);
    const [row] = await executeRows<{ read: string }>(
      database,
      sql`select (seq_tup_read + idx_tup_fetch)::text as read from pg_stat_user_tables where relname = 'work_items'`,
    );
    return Number(row?.read);
  }

  it("is not read for what a claim takes of its front", async () => {
    const agent = await world.agent("east");
    const before = await count();
    const { leases } = await agent.claim({ slotsFree: 2 });
    const read = (await count()) - before;
    expect(leases).toHaveLength(2);
    expect(read).toBeLessThan(queued / 10);
  });
});
