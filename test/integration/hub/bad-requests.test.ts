import { createApp } from "@seatrial/hub/app/create-app.ts";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createProject, imageSuite, problemOf, sha256Of } from "../../support/hub-fixtures.ts";
import { adminToken, createTestHub, type TestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("bad requests to the hub on $name", (database) => {
  let hub: TestHub;
  let path: string;
  beforeAll(async () => {
    hub = await createTestHub(database);
    path = (await createProject(hub, "bad")).path;
  });
  afterAll(() => hub.close());

  test("a wrong field is named by JSON pointer, with what is wrong", async () => {
    const suites = [imageSuite(), imageSuite("Upper Case")];
    const answer = await hub.call("POST", `${path}/runs`, { body: { suites } });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({
      code: "invalid_request",
      type: "https://seatrial.dev/problems/invalid-request",
      fields: [{ path: "/suites/1/name", message: expect.stringContaining("lower-case") }],
    });
  });

  test("a body that is not JSON, and one that says it is something else", async () => {
    const headers = { "content-type": "application/json" };
    const broken = await hub.call("POST", `${path}/runs`, { body: '{"suites": [', headers });
    expect(await problemOf(broken)).toMatchObject({ status: 400, code: "invalid_json" });
    const other = await hub.call("POST", `${path}/runs`, {
      body: "a=b",
      headers: { "content-type": "text/plain" },
    });
    expect(await problemOf(other)).toMatchObject({ status: 422, code: "invalid_request" });
    const none = await hub.call("POST", `${path}/runs`);
    expect((await problemOf(none)).status).toBeLessThan(500);
  });

  test("an unknown field is refused, not ignored", async () => {
    const answer = await hub.call("POST", `${path}/runs`, { body: { suites: [imageSuite()], sweets: 1 } });
    expect(await problemOf(answer)).toMatchObject({
      code: "invalid_request",
      detail: expect.stringContaining("sweets"),
    });
  });

  test("two suites of one name, and a tool without files", async () => {
    const twice = await hub.call("POST", `${path}/runs`, { body: { suites: [imageSuite(), imageSuite()] } });
    expect(await problemOf(twice)).toMatchObject({ code: "invalid_request" });
    const tool = { name: "api", tool: "pytest", image: null, command: null };
    const missing = await hub.call("POST", `${path}/runs`, { body: { suites: [tool] } });
    expect(await problemOf(missing)).toMatchObject({ status: 422, code: "content_missing" });
    const absent = await hub.call("POST", `${path}/runs`, {
      body: { suites: [tool], contentSha256: "0".repeat(64) },
    });
    expect(await problemOf(absent)).toMatchObject({ status: 422, code: "content_missing" });
    expect(await hub.json("GET", `${path}/runs`)).toEqual({ items: [], nextCursor: null });
  });

  test("a cursor that the hub did not make", async () => {
    for (const cursor of ["x", "bm9wZQ", Buffer.from('["x"]').toString("base64url")])
      for (const listing of ["runs", "audit", "suites"]) {
        const answer = await hub.call("GET", `${path}/${listing}?cursor=${cursor}`);
        expect([listing, await problemOf(answer)]).toMatchObject([
          listing,
          { status: 422, code: "invalid_request" },
        ]);
      }
  });

  test("text that no database takes is refused by field, in body, query and path", async () => {
    const suite = { ...imageSuite(), env: { SHELL: "\ud83d" } };
    const bodies = [
      { suites: [imageSuite()], change: { title: "a\0b" } },
      { suites: [imageSuite()], idempotencyKey: "a\0b" },
      { suites: [suite] },
    ];
    for (const body of bodies)
      expect(await problemOf(await hub.call("POST", `${path}/runs`, { body }))).toMatchObject({
        status: 422,
        code: "invalid_request",
      });
    const answer = await hub.call("POST", `${path}/runs`, { body: bodies[0] });
    expect(await answer.json()).toMatchObject({ fields: [{ path: "/change/title" }] });
    expect((await hub.call("GET", `${path}/runs?idPrefix=%00`)).status).toBe(422);
    expect((await hub.call("GET", `${path}/runs/%00`)).status).toBe(422);
    expect((await hub.call("GET", "/v1/projects/%00/runs")).status).toBe(404);
  });

  test("text that no database takes is refused inside cursors too", async () => {
    const { id } = await hub.json<{ id: string }>("POST", `${path}/runs`, {
      body: { suites: [imageSuite("c")] },
    });
    const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const listings = [
      `${path}/suites?cursor=${cursor("a\0")}`,
      `${path}/schedules?cursor=${cursor(["a\0"])}`,
      `${path}/runs/${id}/results?cursor=${cursor([0, "a\0", "s"])}`,
    ];
    for (const listing of listings)
      expect([listing, (await hub.call("GET", listing)).status]).toEqual([listing, 422]);
  });

  test("numbers beyond what a column holds are refused, also inside cursors", async () => {
    const { id } = await hub.json<{ id: string }>("POST", `${path}/runs`, {
      body: { suites: [imageSuite("n")] },
    });
    const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const queries = [
      "logs?shard=99999999999",
      "logs?attempt=99999999999",
      `events?cursor=${cursor(99_999_999_999)}`,
      `results?cursor=${cursor([99_999_999_999, "a", "b"])}`,
    ];
    for (const query of queries)
      expect([query, (await hub.call("GET", `${path}/runs/${id}/${query}`)).status]).toEqual([query, 422]);
    const far = cursor(["+275000-01-01T00:00:00.000Z", "r"]);
    expect((await hub.call("GET", `${path}/runs?cursor=${far}`)).status).toBe(422);
    const headers = { "last-event-id": "abcdefghij:zzzzzzz" };
    expect((await hub.call("GET", `${path}/runs/${id}/logs/stream`, { headers })).status).toBe(422);
  });

  test("a query that fails is logged without its values", async () => {
    const broken = await createTestHub(database);
    const { database: closed } = broken.deps;
    await broken.close();
    const lines: string[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(line) });
    const app = createApp({ ...hub.deps, database: closed, logger });
    expect((await hub.call("GET", "/v1/whoami", { app })).status).toBe(500);
    const log = lines.join("");
    expect(log).toContain("request failed");
    expect(log).toContain("tokens");
    expect(log).not.toContain(sha256Of(new TextEncoder().encode(adminToken)));
  });

  test("a failure inside the hub says nothing but the request's id", async () => {
    const broken = await createTestHub(database);
    const { database: closed } = broken.deps;
    await broken.close();
    const app = createApp({ ...hub.deps, database: closed });
    const answer = await hub.call("GET", "/v1/whoami", { app });
    expect(answer.status).toBe(500);
    const problem = (await answer.json()) as Record<string, string>;
    expect(problem.code).toBe("internal");
    expect(problem.requestId).toBe(answer.headers.get("x-request-id"));
    expect(JSON.stringify(problem)).not.toMatch(/select|closed|connection|tokens/i);
  });

  test("a name that is taken is a conflict", async () => {
    expect(await problemOf(await hub.call("POST", "/v1/projects", { body: { name: "bad" } }))).toMatchObject({
      status: 409,
      code: "conflict",
    });
  });
});
