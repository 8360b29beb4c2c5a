import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { OpenDatabase } from "@seatrial/hub/database/database.ts";
import { migrate } from "@seatrial/hub/database/migrate.ts";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emptyDatabases, stopServerAfterTests } from "../../support/databases.ts";
import { createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import { createTestHub, type TestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

const fixtures = fileURLToPath(new URL("../../fixtures/databases", import.meta.url));
const migrations = fileURLToPath(new URL("../../../hub/migrations", import.meta.url));
/** Whose rows others refer to, in this order; the rest follows. */
const first = ["clusters", "projects", "runs", "run_suites", "shards", "attempts"];

type Rows = Record<string, object[]>;
type Recorded = {
  now: string;
  /** Ended with a green and a red shard. */
  done: string;
  /** One shard runs, one waits. */
  busy: string;
  /** Not planned yet. */
  fresh: string;
  gone: string;
  answers: Record<string, unknown>;
};

/** The migrations up to and with this one, as that version had them. */
async function migrationsUntil(folder: string, tag: string): Promise<string> {
  const journal = JSON.parse(await readFile(join(migrations, "meta/_journal.json"), "utf8"));
  const last = journal.entries.findIndex((entry: { tag: string }) => entry.tag === tag);
  const entries: { tag: string }[] = journal.entries.slice(0, last + 1);
  await mkdir(join(folder, "meta"), { recursive: true });
  await writeFile(join(folder, "meta/_journal.json"), JSON.stringify({ ...journal, entries }));
  for (const entry of entries)
    await cp(join(migrations, `${entry.tag}.sql`), join(folder, `${entry.tag}.sql`));
  return folder;
}

async function fill({ database }: OpenDatabase, rows: Rows): Promise<void> {
  const rest = Object.keys(rows).filter((table) => !first.includes(table));
  for (const table of [...first, ...rest])
    await database.execute(
      sql`insert into ${sql.identifier(table)} select * from jsonb_populate_recordset(
        null::${sql.identifier(table)}, ${JSON.stringify(rows[table] ?? [])}::jsonb)`,
    );
  await database.execute(sql`select setval(pg_get_serial_sequence('outbox', 'id'), max(id)) from outbox`);
}

describe.each(emptyDatabases)("a database of part 1 on $name", ({ name, open }) => {
  let folder: string;
  let hub: TestHub;
  let world: LeaseWorld;
  let recorded: Recorded;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "seatrial-upgrade-"));
    const read = async (file: string) => JSON.parse(await readFile(join(fixtures, "part-1", file), "utf8"));
    recorded = await read("answers.json");
    const database = await open();
    await migrate(database.database, await migrationsUntil(folder, "0000_first"));
    await fill(database, await read("rows.json"));
    await migrate(database.database);
    hub = await createTestHub({ name, open: async () => database });
    hub.clock.advance((Date.parse(recorded.now) - hub.clock.now().getTime()) / 1_000);
    world = createLeaseWorld(hub);
  });
  afterAll(async () => {
    await hub?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("is brought to the newest schema, and the API says of it what it said then", async () => {
    for (const [path, answer] of Object.entries(recorded.answers))
      expect(await hub.json("GET", path), path).toMatchObject(answer as object);
  });

  test("takes new migrations once", async () => {
    await migrate(hub.deps.database);
    expect(await world.run("shop", recorded.done)).toMatchObject({ id: recorded.done });
  });

  test("goes on with what was begun: what was planned, what was not yet, and a lease that nobody keeps", async () => {
    const agent = await world.agent("west");
    hub.clock.advance(61);
    await world.tick();
    for (let round = 0; round < 4; round += 1) {
      await world.work();
      const { leases } = await agent.claim();
      if (leases.length > 0) await agent.acknowledge(leases.map(({ leaseId }) => leaseId));
      for (const { leaseId } of leases) await agent.finish(leaseId);
    }
    await world.work();
    for (const id of [recorded.busy, recorded.fresh])
      expect(await world.run("shop", id), id).toMatchObject({ state: "passed" });
    expect((await world.shards("shop", recorded.busy)).map(({ attempts }) => attempts.length).sort()).toEqual(
      [1, 2],
    );
    const again = await hub.json<{ id: string }>("POST", `/v1/projects/shop/runs/${recorded.done}/rerun`, {
      body: {},
    });
    expect(await world.run("shop", again.id)).toMatchObject({ rerunOf: recorded.done });
  });
});
