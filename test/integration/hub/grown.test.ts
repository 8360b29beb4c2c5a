import type { Schedule, ScheduleFiring } from "@seatrial/contracts/schedules/schedule.ts";
import type { OpenDatabase } from "@seatrial/hub/database/database.ts";
import { executeRows } from "@seatrial/hub/database/execute-rows.ts";
import { openDatabase } from "@seatrial/hub/database/open-database.ts";
import { openPostgres } from "@seatrial/hub/database/open-postgres.ts";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProject, imageSuite, startRun } from "../../support/hub-fixtures.ts";
import { type PostgresServer, startPostgres } from "../../support/postgres-server.ts";
import { createTestHub, type TestHub, workerToken } from "../../support/test-hub.ts";

const history = 3_000;

/** Sorts as people do, which many servers are set to; one connection does everything, so its counters are exact. */
async function openSorted(server: PostgresServer): Promise<OpenDatabase> {
  const url = new URL(await server.createDatabase());
  const { database, close } = await openPostgres(url.href, 1);
  await database.execute(
    sql`create database sorted template template0 encoding 'UTF8' locale_provider icu icu_locale 'en-US'`,
  );
  await close();
  url.pathname = "/sorted";
  return openDatabase({ url: url.href, connections: 1 });
}

describe("a long history", () => {
  let server: PostgresServer;
  let hub: TestHub;
  let path = "";
  beforeAll(async () => {
    server = await startPostgres();
    hub = await createTestHub({ name: "PostgreSQL", open: () => openSorted(server) });
    path = (await createProject(hub, "shop")).path;
    const body = { cron: "0 2 * * *", overlap: "skip", run: { suites: [imageSuite()] } };
    const { id } = await hub.json<Schedule>("PUT", `${path}/schedules/nightly`, { body });
    await fill((await startRun(hub, "shop")).id, id);
  });
  afterAll(async () => {
    await hub.close();
    await server.stop();
  });

  /** Runs that are over, made from this one, all of them by the schedule and each with an environment that is gone. */
  async function fill(runId: string, scheduleId: string): Promise<void> {
    const { database } = hub.deps;
    await database.execute(sql`
      insert into runs (id, project_id, state, created_by, created_at, finished_at, schedule_id, environment_id)
      select 'r-' || own, project_id, 'passed', created_by, created_at - number * interval '1 minute', created_at,
        ${scheduleId}, 'e-' || own
      from runs, generate_series(1, ${history}::int) as number,
        translate(left(md5(number::text), 16), '0189', 'wxyz') as own where id = ${runId}`);
    await database.execute(sql`
      insert into environments (id, project_id, name, namespace, state, wanted, template, content_id, content_sha256,
        cluster_labels, endpoints, blockers, left_out, run_id, ttl_seconds, expires_at, created_by, created_at)
      select environment_id, project_id, 'own', environment_id, 'deleted', 'deleted', '{}', 'c', 's', '{}', '[]', '[]',
        '[]', id, 60, created_at, created_by, created_at
      from runs where environment_id is not null`);
    await database.execute(sql`analyze`);
  }
  /** How many rows of runs and environments were read meanwhile. */
  async function rowsRead(work: () => Promise<unknown>): Promise<number> {
    const before = await count();
    await work();
    return (await count()) - before;
  }
  async function count(): Promise<number> {
    await hub.deps.database.execute(sql`select pg_stat_force_next_flush()`);
    const [row] = await executeRows<{ read: string }>(
      hub.deps.database,
      sql`select sum(seq_tup_read + idx_tup_fetch)::text as read from pg_stat_user_tables
          where relname in ('runs', 'environments')`,
    );
    return Number(row?.read);
  }

  test("is not read by a tick", async () => {
    const tick = () => hub.json("POST", "/worker/v1/tick", { token: workerToken });
    expect(await rowsRead(tick)).toBeLessThan(100);
  });

  test("is not read by a schedule whose time has come", async () => {
    const trigger = () => hub.json<ScheduleFiring>("POST", `${path}/schedules/nightly/trigger`);
    expect((await trigger()).outcome).toBe("started");
    hub.clock.advance(1);
    let second: ScheduleFiring | undefined;
    const read = await rowsRead(async () => {
      second = await trigger();
    });
    expect(second?.outcome).toBe("skipped");
    expect(read).toBeLessThan(100);
  });

  test.each(["runs", "environments"])(
    "is not read to find one of its %s by the start of an id",
    async (what) => {
      const table = sql.identifier(what);
      const [row] = await executeRows<{ id: string }>(
        hub.deps.database,
        sql`select id from ${table} order by md5(id) limit 1`,
      );
      const id = row?.id ?? "";
      const lengths = [8, 10, id.length];
      const found: { id: string }[] = [];
      const read = await rowsRead(async () => {
        for (const length of lengths) {
          const list = `${path}/${what}?idPrefix=${id.slice(0, length)}`;
          found.push(...(await hub.json<{ items: { id: string }[] }>("GET", list)).items);
        }
      });
      expect(found.map((one) => one.id)).toEqual([id, id, id]);
      expect(read).toBeLessThan(100);
    },
  );
});
