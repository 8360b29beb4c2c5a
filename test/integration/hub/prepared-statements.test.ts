import type { Queryable } from "@seatrial/hub/database/database.ts";
import { executeRows } from "@seatrial/hub/database/execute-rows.ts";
import { openPostgres } from "@seatrial/hub/database/open-postgres.ts";
import { createNames } from "@seatrial/hub/database/prepare-repeated.ts";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PostgresServer, startPostgres } from "../../support/postgres-server.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** One connection, so that all statements are of the session that is asked. */
const openOne = async (parameters = "") => openPostgres(`${await server.createDatabase()}${parameters}`, 1);

const add = (queryable: Queryable, a: number, b: number) =>
  executeRows<{ sum: number }>(queryable, sql`select ${a}::int + ${b}::int as sum`);

/** How often each with parameters was run by its name; the driver itself prepares some without. */
const preparedIn = (queryable: Queryable) =>
  executeRows<{ statement: string; times: number }>(
    queryable,
    sql`select statement, (generic_plans + custom_plans)::int as times from pg_prepared_statements
        where statement like '%$1%'`,
  );

test("a statement is prepared when it comes for the third time, in transactions as well", async () => {
  const open = await openOne();
  try {
    const { database } = open;
    expect(await add(database, 1, 1)).toEqual([{ sum: 2 }]);
    await database.transaction((tx) => add(tx, 1, 1));
    expect(await preparedIn(database)).toEqual([]);
    await database.transaction(async (tx) => {
      expect(await add(tx, 1, 2)).toEqual([{ sum: 3 }]);
      await tx.transaction(async (inner) => expect(await add(inner, 2, 2)).toEqual([{ sum: 4 }]));
    });
    expect(await add(database, 2, 3)).toEqual([{ sum: 5 }]);
    expect(await preparedIn(database)).toEqual([{ statement: "select $1::int + $2::int as sum", times: 3 }]);
  } finally {
    await open.close();
  }
});

test("long lists are not prepared, since each length is another statement", async () => {
  const open = await openOne();
  try {
    const list = sql.join(
      Array.from({ length: 101 }, (_, place) => sql`${place}`),
      sql`, `,
    );
    for (let time = 0; time < 4; time += 1)
      await executeRows(open.database, sql`select 1 where 7 in (${list})`);
    expect(await preparedIn(open.database)).toEqual([]);
  } finally {
    await open.close();
  }
});

test("a name the session has already, of another behind the same pooler, keeps no statement from being run", async () => {
  const open = await openOne();
  try {
    const { database } = open;
    const nameOf = createNames();
    const [name] = [1, 2, 3].map(() => nameOf("select $1::int + $2::int as sum")).slice(-1);
    await executeRows(database, sql.raw(`prepare "${name}" (int, int) as select $1 - $2 as sum`));
    for (const time of [1, 2, 3, 4]) expect(await add(database, time, 1)).toEqual([{ sum: time + 1 }]);
  } finally {
    await open.close();
  }
});

test("many transactions and statements at once each keep to their own connection", async () => {
  const open = await openPostgres(await server.createDatabase(), 5);
  try {
    const { database } = open;
    await executeRows(database, sql`create table seen (place int, by int)`);
    const long = "x".repeat(20_000);
    const transact = (place: number) =>
      database.transaction(async (tx) => {
        const [first] = await executeRows<{ by: number }>(
          tx,
          sql`select pg_backend_pid() as by, ${long}::text`,
        );
        for (let time = 0; time < 3; time += 1) await executeRows(tx, sql`select length(${long}::text)`);
        await executeRows(tx, sql`insert into seen values (${place}::int, ${first?.by ?? 0}::int)`);
        const [last] = await executeRows<{ by: number }>(
          tx,
          sql`select pg_backend_pid() as by, ${long}::text`,
        );
        expect(last?.by).toBe(first?.by);
        if (place % 3 === 0) throw new Error("taken back");
      });
    const places = Array.from({ length: 300 }, (_, place) => place);
    const ends = await Promise.allSettled(
      places.flatMap((place) => [transact(place), add(database, place, 1).then(() => undefined)]),
    );
    const refused = ends.filter(({ status }) => status === "rejected");
    expect(new Set(refused.map((end) => "reason" in end && String(end.reason)))).toEqual(
      new Set(["Error: taken back"]),
    );
    const seen = await executeRows<{ place: number }>(database, sql`select place from seen order by place`);
    expect(seen.map(({ place }) => place)).toEqual(places.filter((place) => place % 3 !== 0));
  } finally {
    await open.close();
  }
});

test("a prepared statement outlives a transaction that failed, and a table that got another column", async () => {
  const open = await openOne();
  try {
    const { database } = open;
    await executeRows(database, sql`create table things (id int)`);
    const read = (queryable: Queryable, id: number) =>
      executeRows(queryable, sql`select * from things where id = ${id}`);
    for (const id of [1, 2, 3, 4]) await read(database, id);
    await expect(
      database.transaction(async (tx) => {
        await read(tx, 5);
        await executeRows(tx, sql`select 1 / ${0}::int`);
      }),
    ).rejects.toThrow();
    await executeRows(database, sql`insert into things values (1)`);
    expect(await read(database, 1)).toEqual([{ id: 1 }]);
    await executeRows(database, sql`alter table things add column name text default 'one'`);
    expect(await read(database, 1)).toEqual([{ id: 1, name: "one" }]);
  } finally {
    await open.close();
  }
});

test("a server that crashes fails what goes on, and everything works again once it is back", async () => {
  const own = await startPostgres();
  const open = await openPostgres(await own.createDatabase(), 5);
  try {
    const { database } = open;
    const told: string[] = [];
    const unlisten = await open.listen("news", (payload) => told.push(payload));
    const waitIn = (queryable: Queryable) => executeRows(queryable, sql`select pg_sleep(${60}::int)`);
    const within = (place: number) =>
      database.transaction(async (tx) => {
        await add(tx, place, 1);
        await waitIn(tx);
      });
    const working = [within(1), within(2), waitIn(database)].map((one) => one.then(() => "done", String));
    // Between two statements nothing waits for an answer that could tell of the end.
    const { promise: isBack, resolve: goOn } = Promise.withResolvers<void>();
    const between = database
      .transaction(async (tx) => {
        await add(tx, 1, 1);
        await isBack;
        await add(tx, 1, 1);
      })
      .then(() => "done", String);
    await expect
      .poll(() => executeRows(database, sql`select 1 from pg_stat_activity where query like '%pg_sleep%'`))
      .toHaveLength(4);
    await own.crash();
    expect(await Promise.all(working)).not.toContain("done");
    await expect(add(database, 1, 1)).rejects.toThrow();
    await own.restart();
    goOn();
    expect(await between).not.toBe("done");
    const places = Array.from({ length: 20 }, (_, place) => place);
    const sums = await Promise.all(places.map((place) => database.transaction((tx) => add(tx, place, 1))));
    expect(sums.flat().map(({ sum }) => sum)).toEqual(places.map((place) => place + 1));
    await expect
      .poll(
        async () => {
          await executeRows(database, sql`select pg_notify('news', ${"again"})`);
          return told;
        },
        { timeout: 30_000 },
      )
      .toContain("again");
    await unlisten();
  } finally {
    await open.close();
    await own.stop();
  }
});

test("with ?prepare=false nothing is prepared", async () => {
  const open = await openOne("&prepare=false");
  try {
    for (const one of [1, 2, 3, 4]) expect(await add(open.database, one, one)).toEqual([{ sum: 2 * one }]);
    expect(await preparedIn(open.database)).toEqual([]);
  } finally {
    await open.close();
  }
});
