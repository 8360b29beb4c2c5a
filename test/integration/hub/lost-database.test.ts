import { Socket } from "node:net";
import type { Queryable } from "@seatrial/hub/database/database.ts";
import { executeRows } from "@seatrial/hub/database/execute-rows.ts";
import { openDatabase } from "@seatrial/hub/database/open-database.ts";
import { openPostgres } from "@seatrial/hub/database/open-postgres.ts";
import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type PostgresProxy, startPostgresProxy } from "../../support/postgres-proxy.ts";
import { type PostgresServer, startPostgres } from "../../support/postgres-server.ts";

let server: PostgresServer;
let proxy: PostgresProxy;
beforeAll(async () => {
  server = await startPostgres();
});
beforeEach(async () => {
  proxy = await startPostgresProxy(await server.createDatabase());
});
afterEach(() => proxy.stop());
afterAll(() => server.stop());

const one = (queryable: Queryable) => executeRows<{ one: number }>(queryable, sql`select 1 as one`);

test("transactions that cannot begin cost no connection: once the server is back all of them can be had", async () => {
  const open = await openPostgres(proxy.url, 2);
  try {
    const { database } = open;
    proxy.breakAt("begin\0");
    for (const _ of [1, 2, 3]) await expect(database.transaction(one)).rejects.toThrow("begin");
    proxy.breakAt(null);
    const { promise: areBothThere, resolve: goOn } = Promise.withResolvers<void>();
    const first = database.transaction(async (tx) => {
      await areBothThere;
      return one(tx);
    });
    const second = database.transaction(async (tx) => {
      goOn();
      return one(tx);
    });
    expect(await Promise.all([first, second])).toEqual([[{ one: 1 }], [{ one: 1 }]]);
  } finally {
    await open.close();
  }
});

test("a transaction that asks nothing any more is ended by the server, and others get its locks", async () => {
  const open = await openPostgres(`${proxy.url}?idle_in_transaction_session_timeout=5000`, 2);
  try {
    const { database } = open;
    const lock = (queryable: Queryable) => executeRows(queryable, sql`select pg_advisory_xact_lock(1)`);
    const { promise: isForgotten, resolve: wake } = Promise.withResolvers<void>();
    const { promise: isLocked, resolve: goOn } = Promise.withResolvers<void>();
    const forgotten = database
      .transaction(async (tx) => {
        await lock(tx);
        goOn();
        await isForgotten;
        await one(tx);
      })
      .then(() => "done", String);
    expect(await Promise.race([isLocked, forgotten])).toBeUndefined();
    expect(await database.transaction(lock)).toHaveLength(1);
    wake();
    expect(await forgotten).not.toBe("done");
  } finally {
    await open.close();
  }
});

test.each([
  ["", "3min"],
  ["?prepare=false", "0"],
  ["?idle_in_transaction_session_timeout=5000", "5s"],
])("with %j in the URL a transaction may idle for %s", async (parameters, expected) => {
  const open = await openPostgres(`${proxy.url}${parameters}`, 1);
  try {
    const [shown] = await executeRows(open.database, sql`show idle_in_transaction_session_timeout`);
    expect(shown).toEqual({ idle_in_transaction_session_timeout: expected });
  } finally {
    await open.close();
  }
});

test("questions to a server that vanished are given up, and the next go to the one that came in its place", async () => {
  const open = await openPostgres(proxy.url, 2, { answerMs: 6_000 });
  try {
    const { database } = open;
    await Promise.all([one(database), one(database)]);
    proxy.vanish();
    const asked = [one(database), database.transaction(one)];
    for (const answer of await Promise.allSettled(asked)) expect(answer.status).toBe("rejected");
    expect(await database.transaction(one)).toEqual([{ one: 1 }]);
    await expect(
      database.transaction(async (tx) => {
        await one(tx);
        proxy.vanish();
        await one(tx);
      }),
    ).rejects.toThrow();
    expect(await database.transaction(one)).toEqual([{ one: 1 }]);
  } finally {
    await open.close();
  }
});

test("a stop does not wait for a server that vanished", async () => {
  const open = await openPostgres(proxy.url, 2, { closeMs: 100 });
  const unlisten = await open.listen("news", () => undefined);
  proxy.vanish();
  const asked = one(open.database).catch(() => []);
  await unlisten();
  await open.close();
  await proxy.stop();
  await asked;
});

test("an idle connection is asked every 10 s whether its server is still there", async () => {
  const keepAlive = vi.spyOn(Socket.prototype, "setKeepAlive");
  const open = await openPostgres(proxy.url, 1);
  try {
    expect(keepAlive.mock.calls).toContainEqual([true, 10_000]);
  } finally {
    keepAlive.mockRestore();
    await open.close();
  }
});

test("a replica waits for another's migration for longer than for any other answer", async () => {
  const { database, close } = await openPostgres(proxy.url, 2);
  try {
    const waiting = sql`select 1 from pg_stat_activity
      where wait_event = 'advisory' and clock_timestamp() - query_start > interval '5500 ms'`;
    const waitsLong = () =>
      expect.poll(() => executeRows(database, waiting), { timeout: 60_000 }).toHaveLength(1);
    const opening = await database.transaction(async (tx) => {
      await executeRows(tx, sql`select pg_advisory_xact_lock(7321904)`);
      const opened = openDatabase({ url: proxy.url, answerMs: 5_000 });
      opened.catch(() => undefined);
      await waitsLong();
      return { opened };
    });
    await (await opening.opened).close();
  } finally {
    await close();
  }
});
