import type { Queryable } from "@seatrial/hub/database/database.ts";
import { executeRows } from "@seatrial/hub/database/execute-rows.ts";
import { openPostgres } from "@seatrial/hub/database/open-postgres.ts";
import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
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
    const both = database.transaction(async (tx) => [await one(tx), await database.transaction(one)]);
    expect(await both).toEqual([[{ one: 1 }], [{ one: 1 }]]);
  } finally {
    await open.close();
  }
});
