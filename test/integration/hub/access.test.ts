import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createProject, problemOf, startRun } from "../../support/hub-fixtures.ts";
import { createTestHub, type TestHub, workerToken } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("access to the hub on $name", (database) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await createTestHub(database);
  });
  afterAll(() => hub.close());

  test("no token, a wrong scheme and an unknown token are refused as unauthenticated", async () => {
    for (const authorization of [undefined, "Basic abc", "Bearer ", "Bearer st_nobody"]) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await hub.call("GET", "/v1/whoami", { token: null, headers });
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      expect(await problemOf(answer)).toMatchObject({ status: 401, code: "unauthenticated" });
    }
  });

  test("a token says who it is, its project and its scopes", async () => {
    const project = await createProject(hub, "whoami");
    const answer = await hub.json("GET", "/v1/whoami", { token: project.runToken });
    expect(answer).toMatchObject({ actor: { kind: "token" }, project: "whoami", scopes: ["read", "run"] });
    expect(await hub.json("GET", "/v1/whoami")).toMatchObject({ project: null, scopes: ["admin"] });
  });

  test("another project's token gets the same 404 as for a project that does not exist", async () => {
    const ours = await createProject(hub, "ours");
    await createProject(hub, "theirs");
    const run = await startRun(hub, "theirs");
    const details = new Set<string>();
    for (const path of ["", `/${run.id}`, `/${run.id}/events`, `/${run.id}/results`, `/${run.id}/logs`]) {
      for (const name of ["theirs", "absent"]) {
        const answer = await hub.call("GET", `/v1/projects/${name}/runs${path}`, { token: ours.runToken });
        const problem = await problemOf(answer);
        expect(problem).toMatchObject({ status: 404, code: "not_found" });
        details.add(problem.detail.replace(name, "X"));
      }
    }
    expect(details.size).toBe(1);
    const byId = await hub.call("GET", `${ours.path}/runs/${run.id}`, { token: ours.runToken });
    expect(await problemOf(byId)).toMatchObject({ status: 404, code: "not_found" });
  });

  test("a token expires at its time and not before", async () => {
    const project = await createProject(hub, "expiry");
    const token = (await project.token(["read"], 60)).secret;
    hub.clock.advance(59);
    expect((await hub.call("GET", `${project.path}/runs`, { token })).status).toBe(200);
    hub.clock.advance(1);
    expect(await problemOf(await hub.call("GET", `${project.path}/runs`, { token }))).toMatchObject({
      status: 401,
      code: "token_expired",
    });
  });

  test("a revoked token is refused from the next request on", async () => {
    const project = await createProject(hub, "revocation");
    const { id, secret } = await project.token(["read"]);
    expect((await hub.call("GET", `${project.path}/runs`, { token: secret })).status).toBe(200);
    const revoked = await hub.json<{ revokedAt: string }>("DELETE", `${project.path}/tokens/${id}`);
    expect(revoked.revokedAt).toBe(hub.clock.now().toISOString());
    expect(await problemOf(await hub.call("GET", `${project.path}/runs`, { token: secret }))).toMatchObject({
      status: 401,
      code: "token_revoked",
    });
  });

  test("the use of a token is noted, at most once a minute", async () => {
    const project = await createProject(hub, "last-use");
    const { id, secret } = await project.token(["read"]);
    const lastUse = async () => {
      const page = await hub.json<{ items: { id: string; lastUsedAt: string | null }[] }>(
        "GET",
        `${project.path}/tokens`,
      );
      return page.items.find((token) => token.id === id)?.lastUsedAt;
    };
    expect(await lastUse()).toBeNull();
    const first = hub.clock.now().toISOString();
    for (const seconds of [0, 59]) {
      hub.clock.advance(seconds);
      await hub.json("GET", `${project.path}/runs`, { token: secret });
      expect(await lastUse()).toBe(first);
    }
    hub.clock.advance(1);
    await hub.json("GET", `${project.path}/runs`, { token: secret });
    expect(await lastUse()).toBe(hub.clock.now().toISOString());
  });

  test("a token does only what its scopes allow", async () => {
    const project = await createProject(hub, "scopes");
    const token = (await project.token(["read"])).secret;
    const refused: [string, string, string][] = [
      ["POST", `${project.path}/runs`, token],
      ["GET", `${project.path}/tokens`, token],
      ["POST", `${project.path}/tokens`, project.runToken],
      ["GET", `${project.path}/audit`, project.runToken],
      ["POST", "/v1/projects", project.runToken],
      ["POST", "/v1/join-tokens", project.runToken],
      ["GET", "/v1/audit", project.runToken],
      ["POST", "/v1/clusters/east/revoke", project.runToken],
      ["POST", "/v1/projects", workerToken],
    ];
    for (const [method, path, secret] of refused) {
      const answer = await hub.call(method, path, {
        token: secret,
        ...(method === "POST" ? { body: {} } : {}),
      });
      expect([path, await problemOf(answer)]).toMatchObject([path, { status: 403, code: "forbidden" }]);
    }
  });

  test("a token's secret is shown once and stored nowhere", async () => {
    const project = await createProject(hub, "secrets");
    const { id, secret } = await project.token(["read"]);
    const listed = await hub.call("GET", `${project.path}/tokens`);
    const audit = await hub.call("GET", `${project.path}/audit`);
    const text = (await listed.text()) + (await audit.text());
    expect(text).toContain(id);
    expect(text).not.toContain(secret);
    const { tokens } = await import("@seatrial/hub/database/schema/projects.ts");
    expect(JSON.stringify(await hub.deps.database.select().from(tokens))).not.toContain(secret);
  });

  test("every deed is in the audit with its actor, newest first, page by page", async () => {
    const project = await createProject(hub, "audited");
    hub.clock.advance(1);
    const { id } = await hub.json<{ id: string }>("POST", `${project.path}/runs`, {
      token: project.runToken,
      body: { suites: [{ name: "a", tool: null, image: "busybox", command: ["true"] }] },
    });
    hub.clock.advance(1);
    await hub.json("POST", `${project.path}/runs/${id}/cancel`, { token: project.runToken });
    const actions: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? "" : `&cursor=${cursor}`;
      const page: {
        items: { action: string; subject: string; actor: { kind: string } }[];
        nextCursor: string | null;
      } = await hub.json("GET", `${project.path}/audit?limit=1${query}`);
      expect(page.items.every((entry) => entry.actor.kind === "token")).toBe(true);
      actions.push(...page.items.map((entry) => entry.action));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(actions.slice(0, 2)).toEqual(["run.cancel", "run.create"]);
    expect(actions.slice(2).sort()).toEqual(["project.create", "token.create"]);
  });
});
