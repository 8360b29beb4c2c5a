import type { Run } from "@seatrial/contracts/runs/run.ts";
import type { RunEvent } from "@seatrial/contracts/runs/run-event.ts";
import { outbox } from "@seatrial/hub/database/schema/work.ts";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import {
  archiveOf,
  createProject,
  imageSuite,
  problemOf,
  sha256Of,
  startRun,
} from "../../support/hub-fixtures.ts";
import { createTestHub, type TestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

type RunPage = { items: Run[]; nextCursor: string | null };

describe.each(databases)("runs on $name", (database) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await createTestHub(database);
  });
  afterAll(() => hub.close());

  test("a new run is queued, has its first event and its outbox entry", async () => {
    const project = await createProject(hub, "first");
    const body = {
      suites: [imageSuite("one", { shards: 3 }), imageSuite("two")],
      change: { sha: "abc", title: "<b>" },
    };
    const run = await hub.json<Run>("POST", `${project.path}/runs`, { token: project.runToken, body });
    expect(run).toMatchObject({
      project: "first",
      state: "queued",
      suites: [
        { name: "one", state: "queued", shards: 3 },
        { name: "two", state: "queued", shards: 1 },
      ],
      counts: { passed: 0, failed: 0, errored: 0, skipped: 0, flaky: 0 },
      change: { sha: "abc", branch: null, title: "<b>", dirty: false },
      createdBy: { kind: "token", name: "read run" },
      rerunOf: null,
      finishedAt: null,
    });
    const events = await hub.json<{ items: RunEvent[] }>("GET", `${project.path}/runs/${run.id}/events`);
    expect(events.items).toMatchObject([{ id: 1, type: "run.created", data: { suites: ["one", "two"] } }]);
    const announced = await hub.deps.database.select().from(outbox).where(eq(outbox.runId, run.id));
    expect(announced).toMatchObject([{ kind: "run.created", suite: null }]);
    expect(await hub.json("GET", `${project.path}/runs/${run.id}`)).toEqual(run);
    const suites = await hub.json<{ items: { name: string }[] }>("GET", `${project.path}/suites`);
    expect(suites.items.map((suite) => suite.name)).toEqual(["one", "two"]);
  });

  test("the same idempotency key answers with the same run, also when both come at once", async () => {
    const { path } = await createProject(hub, "twice");
    const body = { suites: [imageSuite()], idempotencyKey: "build-7" };
    const answers = await Promise.all([1, 2, 3].map(() => hub.call("POST", `${path}/runs`, { body })));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 201]);
    const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as Run).id));
    expect(new Set(ids).size).toBe(1);
    expect((await hub.json<RunPage>("GET", `${path}/runs`)).items).toHaveLength(1);
    const other = await createProject(hub, "twice-elsewhere");
    expect((await hub.call("POST", `${other.path}/runs`, { body })).status).toBe(201);
  });

  test("runs are listed newest first, each once, page by page, by state and by the start of an id", async () => {
    const { path } = await createProject(hub, "pages");
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      // Two of each moment: the order must not depend on time alone.
      if (count % 2 === 0) hub.clock.advance(1);
      ids.push((await startRun(hub, "pages")).id);
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: RunPage = await hub.json("GET", `${path}/runs?limit=2${cursor ? `&cursor=${cursor}` : ""}`);
      seen.push(...page.items.map((run) => run.id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toHaveLength(5);
    expect(new Set(seen)).toEqual(new Set(ids));
    expect(seen[0]).toBe(ids[4]);
    const chosen = ids[2] ?? "";
    const found = await hub.json<RunPage>("GET", `${path}/runs?idPrefix=${chosen.slice(0, 10)}`);
    expect(found.items.map((run) => run.id)).toEqual([chosen]);
    expect((await hub.json<RunPage>("GET", `${path}/runs?state=passed`)).items).toEqual([]);
    expect((await hub.json<RunPage>("GET", `${path}/runs?state=queued`)).items).toHaveLength(5);
  });

  test("a cancel is noted once, said in an event and in the outbox", async () => {
    const { path } = await createProject(hub, "cancelled");
    const run = await startRun(hub, "cancelled");
    for (let count = 0; count < 2; count += 1) await hub.json("POST", `${path}/runs/${run.id}/cancel`);
    const events = await hub.json<{ items: RunEvent[] }>("GET", `${path}/runs/${run.id}/events`);
    expect(events.items.map((event) => event.type)).toEqual(["run.created", "run.cancel_requested"]);
    const announced = await hub.deps.database.select().from(outbox).where(eq(outbox.runId, run.id));
    expect(announced.map((entry) => entry.kind)).toEqual(["run.created", "run.cancel_requested"]);
  });

  test("a rerun has the same content and suites and names its origin", async () => {
    const { path } = await createProject(hub, "again");
    const bytes = await archiveOf([{ name: "test_a.py", text: "def test(): pass" }]);
    const contentSha256 = sha256Of(bytes);
    await hub.json("PUT", `${path}/contents/${contentSha256}`, { body: bytes });
    const tool = { name: "api", tool: "pytest", image: null, command: null, shards: 2 };
    const run = await startRun(hub, "again", { suites: [tool], contentSha256 });
    const again = await hub.json<Run>("POST", `${path}/runs/${run.id}/rerun`, { body: {} });
    expect(again).toMatchObject({ rerunOf: run.id, contentSha256, suites: [{ name: "api", shards: 2 }] });
    const early = await hub.call("POST", `${path}/runs/${run.id}/rerun`, { body: { failed: true } });
    expect(await problemOf(early)).toMatchObject({ status: 409, code: "conflict" });
  });
});
