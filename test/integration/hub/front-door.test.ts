import { executeRows } from "@seatrial/hub/database/execute-rows.ts";
import { migrate } from "@seatrial/hub/database/migrate.ts";
import { uncompacted } from "@seatrial/hub/database/schema/runs.ts";
import { createNotifications } from "@seatrial/hub/notifications/create-notifications.ts";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createTestHub, type TestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("the hub's front door on $name", (database) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await createTestHub(database);
  });
  afterAll(() => hub.close());

  test("health and readiness answer without a token", async () => {
    for (const path of ["/healthz", "/readyz"]) {
      const answer = await hub.call("GET", path, { token: null });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({ status: "ok", version: "test" });
    }
  });

  test("an unknown route is a problem with a stable type and the request's id", async () => {
    const answer = await hub.call("GET", "/v1/nothing");
    expect(answer.status).toBe(404);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    const problem = (await answer.json()) as Record<string, unknown>;
    expect(problem).toMatchObject({
      type: "https://seatrial.dev/problems/not-found",
      status: 404,
      code: "not_found",
    });
    expect(problem.requestId).toBe(answer.headers.get("x-request-id"));
  });

  test("a body over the limit is refused before it is parsed", async () => {
    const answer = await hub.call("POST", "/v1/projects", { body: " ".repeat(1_048_577) });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ code: "payload_too_large" });
  });
});

describe.each(databases)("the database on $name", (database) => {
  test("a migrated database is left as it is by another start, also by several at once", async () => {
    const open = await database.open();
    await Promise.all([migrate(open.database), migrate(open.database), migrate(open.database)]);
    await open.close();
  });

  test("what a tick looks for among all attempts has an index of its own", async () => {
    const open = await database.open();
    const plan = await open.database.transaction(async (tx) => {
      // The table is empty: without this a scan is the cheapest.
      await tx.execute(sql`set local enable_seqscan = off`);
      return executeRows(tx, sql`explain select id from attempts where ${uncompacted} limit 20`);
    });
    await open.close();
    expect(JSON.stringify(plan)).toContain("attempts_uncompacted");
  });

  test("a notification of one replica wakes a waiter of another, and one of no interest does not", async () => {
    const open = await database.open();
    const [here, there] = await Promise.all([createNotifications(open), createNotifications(open)]);
    const subscription = there.subscribe(["run:one"]);
    here.notify("run:two");
    here.notify("run:one");
    const woken = await Promise.race([
      subscription.wait(60_000).then(() => "woken"),
      new Promise((resolve) => setTimeout(resolve, 10_000, "too late")),
    ]);
    expect(woken).toBe("woken");
    await Promise.all([here.close(), there.close()]);
    await open.close();
  });

  test("a notification between the look and the wait is not missed", async () => {
    const open = await database.open();
    const notifications = await createNotifications(open);
    const subscription = notifications.subscribe(["work"]);
    notifications.notify("work");
    await subscription.wait(60_000);
    await notifications.close();
    await open.close();
  });
});
