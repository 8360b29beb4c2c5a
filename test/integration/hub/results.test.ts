import type { RunResult } from "@seatrial/contracts/runs/result.ts";
import type { Run, Shard } from "@seatrial/contracts/runs/run.ts";
import { artifacts, runSuites, runs, shards } from "@seatrial/hub/database/schema/runs.ts";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import {
  addShard,
  archiveOf,
  createProject,
  problemOf,
  sha256Of,
  startRun,
} from "../../support/hub-fixtures.ts";
import { createTestHub, type TestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

type ResultPage = { items: RunResult[]; nextCursor: string | null };

describe.each(databases)("what a run found, on $name", (database) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await createTestHub(database);
  });
  afterAll(() => hub.close());

  test("the last word on each case counts; red at first and green later is flaky", async () => {
    const { path } = await createProject(hub, "words");
    const run = await startRun(hub, "words");
    await addShard(hub, run, 0, [
      { a: "failed", b: "passed", c: "failed" },
      { a: "passed", c: "failed" },
    ]);
    await addShard(hub, run, 1, [{ d: "skipped", e: "errored", f: "passed" }]);
    const { items } = await hub.json<ResultPage>("GET", `${path}/runs/${run.id}/results`);
    const words = items.map(({ case: name, outcome, flaky, attemptNumber, seconds }) => {
      return [name, outcome, flaky, attemptNumber, seconds];
    });
    expect(words).toEqual([
      ["a", "passed", true, 2, 1.5],
      ["b", "passed", false, 1, 1.5],
      ["c", "failed", false, 2, 1.5],
      ["d", "skipped", false, 1, 1.5],
      ["e", "errored", false, 1, 1.5],
      ["f", "passed", false, 1, 1.5],
    ]);
    const counts = { passed: 3, failed: 1, errored: 1, skipped: 1, flaky: 1 };
    expect(await hub.json<Run>("GET", `${path}/runs/${run.id}`)).toMatchObject({
      counts,
      suites: [{ counts }],
    });
    const found = await hub.json<{ items: Shard[] }>("GET", `${path}/runs/${run.id}/shards`);
    expect(found.items.map((shard) => [shard.index, shard.attempts.length, shard.counts.passed])).toEqual([
      [0, 2, 2],
      [1, 1, 1],
    ]);
  });

  test("results come by outcome, by suite, flaky ones alone, and page by page each once", async () => {
    const { path } = await createProject(hub, "filters");
    const run = await startRun(hub, "filters");
    await addShard(hub, run, 0, [{ a: "failed", B: "failed", ä: "passed", _: "passed" }, { a: "passed" }]);
    const list = `${path}/runs/${run.id}/results`;
    const names = async (query: string) => {
      const { items } = await hub.json<ResultPage>("GET", `${list}?${query}`);
      return items.map((item) => item.case);
    };
    expect(await names("outcome=failed")).toEqual(["B"]);
    expect(await names("flaky=true")).toEqual(["a"]);
    expect(await names("suite=smoke")).toHaveLength(4);
    expect(await names("suite=other")).toEqual([]);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: ResultPage = await hub.json("GET", `${list}?limit=1${cursor ? `&cursor=${cursor}` : ""}`);
      seen.push(...page.items.map((item) => item.case));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(["B", "_", "a", "ä"]);
  });

  test("a rerun of what failed takes the red cases alone, and at most as many shards", async () => {
    const { path } = await createProject(hub, "failed-only");
    const bytes = await archiveOf([{ name: "test_a.py", text: "def test(): pass" }]);
    const contentSha256 = sha256Of(bytes);
    await hub.json("PUT", `${path}/contents/${contentSha256}`, { body: bytes });
    const suites = ["green", "api"].map((name) => ({
      name,
      tool: "pytest",
      image: null,
      command: null,
      shards: 4,
    }));
    const run = await startRun(hub, "failed-only", { suites: suites.reverse(), contentSha256 });
    await addShard(hub, run, 0, [
      { "t.py::a": "failed", "t.py::b": "passed", "t.py::c": "failed" },
      { "t.py::c": "passed" },
    ]);
    const { database: db, blobs } = hub.deps;
    await blobs.put(
      "cases/planned.json",
      new TextEncoder().encode('{"cases":["t.py::a","t.py::b","t.py::c"]}'),
    );
    const failed = { state: "failed" as const, casesBlobKey: "cases/planned.json" };
    await db.update(shards).set(failed).where(eq(shards.runId, run.id));
    await db.update(runs).set({ state: "failed" }).where(eq(runs.id, run.id));
    await db.update(runSuites).set({ state: "passed" }).where(eq(runSuites.runId, run.id));
    const none = await hub.call("POST", `${path}/runs/${run.id}/rerun`, { body: { failed: true } });
    expect(await problemOf(none)).toMatchObject({ status: 409, code: "conflict" });
    await db.update(runSuites).set({ state: "failed" }).where(eq(runSuites.name, "api"));
    const again = await hub.json<Run>("POST", `${path}/runs/${run.id}/rerun`, { body: { failed: true } });
    expect(again.suites).toMatchObject([{ name: "api", shards: 1 }]);
    const [suite] = await db.select().from(runSuites).where(eq(runSuites.runId, again.id));
    const stored = await blobs.get(suite?.onlyCasesBlobKey ?? "none");
    expect(await new Response(stored).json()).toEqual({ cases: ["t.py::a"] });
  });

  test("an artifact is always a download, whatever it is named", async () => {
    const { path } = await createProject(hub, "files");
    const run = await startRun(hub, "files");
    const [attemptId = ""] = await addShard(hub, run, 0, [{}]);
    const text = "<script>alert(1)</script>";
    await hub.deps.blobs.put("artifacts/one", new TextEncoder().encode(text));
    const [row] = await hub.deps.database.select().from(runs).where(eq(runs.id, run.id));
    const common = { attemptId, runId: run.id, projectId: row?.projectId ?? "", createdAt: hub.clock.now() };
    const name = 'reports/pa"ge\r\nX-Evil: 1;ü.html';
    const artifact = { id: "ar-aaaaaaaaaaaaaaaa", kind: "artifact" as const, path: name, bytes: text.length };
    await hub.deps.database
      .insert(artifacts)
      .values({ ...common, ...artifact, sha256: "0".repeat(64), blobKey: "artifacts/one" });
    const listed = await hub.json<{ items: unknown[] }>("GET", `${path}/runs/${run.id}/artifacts`);
    expect(listed.items).toMatchObject([{ id: artifact.id, path: name, suite: "smoke", shardIndex: 0 }]);
    const answer = await hub.call("GET", `${path}/runs/${run.id}/artifacts/${artifact.id}/download`);
    expect(await answer.text()).toBe(text);
    expect(answer.headers.get("content-type")).toBe("application/octet-stream");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("x-evil")).toBeNull();
    const disposition = answer.headers.get("content-disposition") ?? "";
    expect(disposition).toBe(
      "attachment; filename=\"pa_ge__X-Evil__1__.html\"; filename*=UTF-8''pa%22ge%0D%0AX-Evil%3A%201%3B%C3%BC.html",
    );
    const absent = await hub.call("GET", `${path}/runs/${run.id}/artifacts/ar-none/download`);
    expect(absent.status).toBe(404);
  });
});
