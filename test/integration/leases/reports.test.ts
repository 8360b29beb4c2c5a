import type { LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { RunResult } from "@seatrial/contracts/runs/result.ts";
import { createApp } from "@seatrial/hub/app/create-app.ts";
import type { HubDeps } from "@seatrial/hub/app/hub-deps.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { problemOf } from "../../support/hub-fixtures.ts";
import {
  commandSuite,
  createLeaseWorld,
  type LeaseWorld,
  pytestSuite,
  uploadPath,
} from "../../support/lease-world.ts";
import type { TestAgent } from "../../support/test-agent.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

const journal = (outcomes: Record<string, string>) =>
  Object.entries(outcomes)
    .map(([name, outcome]) => `${JSON.stringify({ event: "end", case: name, outcome, seconds: 0.1 })}\n`)
    .join("");
const junit = (...cases: string[]) => `<testsuite>${cases.join("")}</testsuite>`;
const green = (name: string) => `<testcase name="${name}"/>`;

describe.each(databases)("reports on $name", (database) => {
  let world: LeaseWorld;
  let agent: TestAgent;
  let project: string;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
    project = await world.project("shop");
    agent = await world.agent("east");
  });
  afterEach(() => world.hub.close());

  async function grants(): Promise<LeaseGrant[]> {
    const { leases } = await agent.claim();
    await agent.acknowledge(leases.map(({ leaseId }) => leaseId));
    return leases.sort((left, right) => left.work.shardIndex - right.work.shardIndex);
  }
  async function grant(): Promise<LeaseGrant> {
    const [first] = await grants();
    if (first === undefined) throw new Error("nothing was granted");
    return first;
  }
  const results = async (runId: string, query = "") =>
    (
      await world.hub.json<{ items: RunResult[] }>(
        "GET",
        `/v1/projects/${project}/runs/${runId}/results?limit=200${query}`,
      )
    ).items;
  const outcomes = async (runId: string) =>
    Object.fromEntries((await results(runId)).map((result) => [result.case, result.outcome]));
  const casesOf = async (lease: LeaseGrant) =>
    ((await (await world.helper(lease, "GET", "cases")).json()) as { cases: string[] }).cases;
  /** Lists these cases, as the first attempt of a pytest run. */
  async function list(cases: string[], exit = {}, errors: object[] = []) {
    const listing = await grant();
    expect(listing.work).toMatchObject({ mode: "list", tool: "pytest", image: "pytest:test", content: true });
    const text = JSON.stringify({ tool: "pytest", cases: cases.map((id) => ({ id })), errors });
    expect((await world.upload(listing, "list", "list.json", text)).status).toBe(200);
    await agent.finish(listing.leaseId, exit);
    await world.work();
  }

  describe("a pytest suite", () => {
    const start = (fields = {}) => world.startRun(project, [pytestSuite(fields)], true);

    it("is listed, split into slices of its cases, run and judged by its journal", async () => {
      const runId = await start({ shards: 2 });
      await list(["a", "b", "c", "d"]);
      const [one, two] = await grants();
      if (one === undefined || two === undefined) throw new Error("two shards expected");
      expect([await casesOf(one), await casesOf(two)]).toEqual([
        ["a", "b"],
        ["c", "d"],
      ]);
      await world.upload(one, "journal", "journal.ndjson", journal({ a: "passed", b: "skipped" }));
      await world.upload(two, "journal", "journal.ndjson", journal({ c: "passed", d: "failed" }));
      await agent.finish(one.leaseId);
      await agent.finish(two.leaseId, { exitCode: 1 });
      await world.work();
      const run = await world.run(project, runId);
      expect([run.state, run.suites[0]?.caseCount, run.counts]).toEqual([
        "failed",
        4,
        { passed: 2, failed: 1, errored: 0, skipped: 1, flaky: 0 },
      ]);
      expect(await outcomes(runId)).toEqual({ a: "passed", b: "skipped", c: "passed", d: "failed" });
    });

    it("tries only its red cases again, and counts the one that turns green as flaky", async () => {
      const runId = await start({ retries: 1 });
      await list(["a", "b", "c"]);
      const first = await grant();
      await world.upload(
        first,
        "journal",
        "journal.ndjson",
        journal({ a: "failed", b: "passed", c: "errored" }),
      );
      await agent.finish(first.leaseId, { exitCode: 1 });
      await world.work();
      const second = await grant();
      expect([second.work.attemptNumber, await casesOf(second)]).toEqual([2, ["a", "c"]]);
      await world.upload(second, "journal", "journal.ndjson", journal({ a: "passed", c: "passed" }));
      await agent.finish(second.leaseId);
      await world.work();
      const run = await world.run(project, runId);
      expect([run.state, run.counts.passed, run.counts.flaky]).toEqual(["passed", 3, 2]);
      expect((await results(runId, "&flaky=true")).map((result) => result.case)).toEqual(["a", "c"]);
    });

    it("tries again what its tool never came to, when it was killed after a red case", async () => {
      const runId = await start({ retries: 2 });
      await list(["a", "b", "c", "d"]);
      const first = await grant();
      await world.upload(first, "journal", "journal.ndjson", journal({ a: "passed", b: "failed" }));
      await agent.finish(first.leaseId, { exitCode: 137 });
      await world.work();
      const second = await grant();
      expect([second.work.attemptNumber, await casesOf(second)]).toEqual([2, ["b", "c", "d"]]);
      await world.upload(second, "journal", "journal.ndjson", journal({ b: "passed", c: "failed" }));
      await agent.finish(second.leaseId, { exitCode: 137 });
      await world.work();
      const third = await grant();
      expect([third.work.attemptNumber, await casesOf(third)]).toEqual([3, ["c", "d"]]);
      await world.upload(third, "journal", "journal.ndjson", journal({ c: "passed", d: "passed" }));
      await agent.finish(third.leaseId);
      await world.work();
      expect((await world.run(project, runId)).state).toBe("passed");
      expect(await outcomes(runId)).toEqual({ a: "passed", b: "passed", c: "passed", d: "passed" });
    });

    it("keeps the red cases of a retry when the retry is lost", async () => {
      await start({ retries: 1 });
      await list(["a", "b"]);
      const first = await grant();
      await world.upload(first, "journal", "journal.ndjson", journal({ a: "failed", b: "passed" }));
      await agent.finish(first.leaseId, { exitCode: 1 });
      await world.work();
      await grant();
      world.hub.clock.advance(61);
      await world.tick();
      await world.work();
      const third = await grant();
      expect([third.work.attemptNumber, await casesOf(third)]).toEqual([3, ["a"]]);
    });

    it("is errored, by name, when planned cases have no result", async () => {
      const runId = await start();
      await list(["a", "b", "c"]);
      const only = await grant();
      await world.upload(only, "journal", "journal.ndjson", journal({ b: "passed" }));
      await agent.finish(only.leaseId);
      await world.work();
      const run = await world.run(project, runId);
      expect([run.state, run.suites[0]?.reason]).toEqual([
        "errored",
        "shard 1: 2 planned cases have no result: a, c",
      ]);
    });

    it("is errored when no report came at all, and when there is no list", async () => {
      const noReport = await start();
      await list(["a"]);
      await agent.finish((await grant()).leaseId);
      await world.work();
      expect((await world.run(project, noReport)).suites[0]?.reason).toContain("no results");
      const noList = await start();
      await agent.finish((await grant()).leaseId);
      await world.work();
      const run = await world.run(project, noList);
      expect([run.state, run.suites[0]?.reason]).toEqual([
        "errored",
        expect.stringContaining("brought no list"),
      ]);
    });

    it("is errored with the tool's collection errors", async () => {
      const runId = await start();
      await list(["a"], { exitCode: 2 }, [{ file: "tests/b.py", message: "ImportError: no module x" }]);
      const run = await world.run(project, runId);
      expect(run.state).toBe("errored");
      expect(run.suites[0]?.reason).toContain("tests/b.py: ImportError: no module x");
    });

    it("with fewer cases than shards is an error of the plan, not a pass", async () => {
      const runId = await start({ shards: 8 });
      await list(["a", "b", "c", "d", "e"]);
      const run = await world.run(project, runId);
      expect([run.state, run.suites[0]?.reason]).toEqual([
        "errored",
        "5 cases cannot fill 8 shards: set shards to 5 or fewer",
      ]);
    });

    it("runs again only what was red when the run is rerun for its failures", async () => {
      const runId = await start({ shards: 2 });
      await list(["a", "b", "c", "d"]);
      for (const lease of await grants()) {
        const cases = await casesOf(lease);
        await world.upload(
          lease,
          "journal",
          "j",
          journal(Object.fromEntries(cases.map((id) => [id, id === "c" ? "failed" : "passed"]))),
        );
        await agent.finish(lease.leaseId, { exitCode: cases.includes("c") ? 1 : 0 });
      }
      await world.work();
      const body = { failed: true };
      const rerun = await world.hub.json<{ id: string }>(
        "POST",
        `/v1/projects/${project}/runs/${runId}/rerun`,
        { body },
      );
      await world.work();
      const again = await grants();
      expect(again.map(({ work }) => [work.mode, work.shardCount])).toEqual([["test", 1]]);
      expect(await casesOf(again[0] as LeaseGrant)).toEqual(["c"]);
      expect(rerun.id).not.toBe(runId);
    });

    it("runs again whatever is not proved when the run is rerun for its failures", async () => {
      const runId = await start({ shards: 4 });
      await list(["a", "b", "c", "d", "e", "f", "g", "h"]);
      const ends = [
        // Killed after its first case, which is red.
        { told: { a: "failed" }, exit: { exitCode: 137 } },
        // Could not tell.
        { told: { c: "passed" }, exit: { reason: "out_of_memory", exitCode: 137 } },
        { told: { e: "passed", f: "passed" }, exit: {} },
        // No case was red, and something else was wrong.
        { told: { g: "passed", h: "passed" }, exit: { exitCode: 3 } },
      ];
      for (const [index, lease] of (await grants()).entries()) {
        const { told = {}, exit = {} } = ends[index] ?? {};
        await world.upload(lease, "journal", "j", journal(told as Record<string, string>));
        await agent.finish(lease.leaseId, exit);
      }
      await world.work();
      const shards = (await world.shards(project, runId)).filter(({ kind }) => kind === "test");
      expect(shards.map(({ state }) => state)).toEqual(["failed", "errored", "passed", "failed"]);
      const path = `/v1/projects/${project}/runs/${runId}/rerun`;
      await world.hub.json("POST", path, { body: { failed: true } });
      await world.work();
      const again = await Promise.all((await grants()).map(casesOf));
      expect(again.flat()).toEqual(["a", "b", "d", "g", "h"]);
    });
  });

  describe("a command with a declared JUnit report", () => {
    const start = (fields = {}) =>
      world.startRun(project, [commandSuite({ reports: { junit: ["*.xml"] }, ...fields })], true);

    it("is judged by it, and a name that comes twice is not lost", async () => {
      const runId = await start();
      const lease = await grant();
      await world.upload(lease, "junit", "a.xml", junit(green("x"), green("x")));
      await world.upload(
        lease,
        "junit",
        "b.xml",
        junit(green("x"), `<testcase name="y"><failure message="no"/></testcase>`),
      );
      await agent.finish(lease.leaseId, { exitCode: 1 });
      await world.work();
      expect(await outcomes(runId)).toEqual({
        x: "passed",
        "x (2)": "passed",
        "x (3)": "passed",
        y: "failed",
      });
      expect((await world.run(project, runId)).state).toBe("failed");
    });

    it("is replaced when the same file is uploaded again", async () => {
      const runId = await start();
      const lease = await grant();
      await world.upload(lease, "junit", "a.xml", junit(green("x"), green("y")));
      await world.upload(lease, "junit", "a.xml", junit(green("x"), green("z")));
      expect(await outcomes(runId)).toEqual({ x: "passed", z: "passed" });
    });

    it("is errored when it never came, though the exit code is 0", async () => {
      const runId = await start();
      await agent.finish((await grant()).leaseId);
      await world.work();
      expect((await world.run(project, runId)).state).toBe("errored");
    });

    it.each([
      ["an entity bomb", `<!DOCTYPE a [<!ENTITY b "x">]>${junit(green("&b;"))}`, "DOCTYPE"],
      ["a truncated file", `<testsuite>${green("x")}<testcase name="y"`, "line 1"],
      ["another kind of file", "\u0000\u0001", "line 1"],
    ])("refuses %s and stores nothing", async (_name, text, part) => {
      const runId = await start();
      const lease = await grant();
      const problem = await problemOf(await world.upload(lease, "junit", "a.xml", text));
      expect(problem).toMatchObject({ status: 422, code: "report_invalid" });
      expect(problem.detail).toContain(part);
      expect(await results(runId)).toEqual([]);
      const head = await world.helper(lease, "HEAD", uploadPath("junit", "a.xml"));
      expect([head.headers.get("upload-offset"), head.headers.get("upload-complete")]).toEqual(["0", "?0"]);
      expect((await world.upload(lease, "junit", "a.xml", junit(green("x")))).status).toBe(200);
      expect(await outcomes(runId)).toEqual({ x: "passed" });
    });

    it("of 100 MB is refused by its size, part by part, and stores nothing", async () => {
      const runId = await start();
      const lease = await grant();
      const part = new Uint8Array(4 * 1_048_576).fill(0x20);
      let answer = await world.helper(lease, "PUT", uploadPath("junit", "big.xml"), {
        body: part,
        headers: { "upload-offset": "0", "upload-complete": "?0", "content-length": String(100 * 1_048_576) },
      });
      expect(await problemOf(answer)).toMatchObject({ status: 413, code: "report_too_large" });
      for (let offset = 0; answer.ok || offset === 0; offset += part.byteLength)
        answer = await world.helper(lease, "PUT", uploadPath("junit", "big.xml"), {
          body: part,
          headers: { "upload-offset": String(offset), "upload-complete": "?0" },
        });
      expect(await problemOf(answer)).toMatchObject({ status: 413, code: "report_too_large" });
      expect(await results(runId)).toEqual([]);
    });
  });

  describe("a helper's upload", () => {
    beforeEach(() => world.startRun(project, [commandSuite({ artifacts: ["*"] })], true));
    const put = (lease: LeaseGrant, offset: number, body: string, isLast: boolean, token?: string) =>
      world.helper(lease, "PUT", uploadPath("artifact", "out/a.txt"), {
        body,
        headers: { "upload-offset": String(offset), "upload-complete": isLast ? "?1" : "?0" },
        ...(token === undefined ? {} : { token }),
      });

    it("goes on where it broke off, and is kept as one file", async () => {
      const lease = await grant();
      expect((await put(lease, 0, "hello ", false)).headers.get("upload-offset")).toBe("6");
      const wrong = await put(lease, 9, "x", false);
      expect(await problemOf(wrong)).toMatchObject({ status: 409, code: "upload_offset" });
      const head = await world.helper(lease, "HEAD", uploadPath("artifact", "out/a.txt"));
      expect([head.status, head.headers.get("upload-offset")]).toEqual([200, "6"]);
      expect((await put(lease, 6, "world", true)).headers.get("upload-complete")).toBe("?1");
      const path = `/v1/projects/${project}/runs/${lease.work.runId}/artifacts`;
      const { items } = await world.hub.json<{ items: { path: string; bytes: number; sha256: string }[] }>(
        "GET",
        path,
      );
      expect(items).toMatchObject([{ path: "out/a.txt", bytes: 11 }]);
      expect(items[0]?.sha256).toBe("b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9");
    });

    describe("that was kept while something else failed", () => {
      const downloaded = async ({ work }: LeaseGrant) => {
        const path = `/v1/projects/${project}/runs/${work.runId}/artifacts`;
        const { items } = await world.hub.json<{ items: { id: string }[] }>("GET", path);
        const answers = items.map(({ id }) => world.hub.call("GET", `${path}/${id}/download`));
        return Promise.all(answers.map(async (answer) => (await answer).text()));
      };
      const through = (lease: LeaseGrant, deps: Partial<HubDeps>) => {
        const app = createApp({ ...world.hub.deps, ...deps });
        return createLeaseWorld({ ...world.hub, app }).upload(lease, "artifact", "out/a.txt", "new");
      };

      it("is there although the bytes that it replaces could not be deleted", async () => {
        const lease = await grant();
        await put(lease, 0, "old", true);
        const { blobs } = world.hub.deps;
        let failures = 1;
        const remove: typeof blobs.delete = async (key) => {
          if (key.startsWith("artifacts/") && failures-- > 0) throw new Error("the store is away");
          return blobs.delete(key);
        };
        await through(lease, { blobs: { ...blobs, delete: remove } });
        expect(failures).toBeLessThanOrEqual(0);
        expect(await downloaded(lease)).toEqual(["new"]);
      });

      it("is there although the answer to its commit was lost", async () => {
        const lease = await grant();
        const { database } = world.hub.deps;
        let losses = 1;
        const transaction: typeof database.transaction = async (...work) => {
          const answer = await database.transaction(...work);
          if (losses-- > 0) throw new Error("the connection was lost");
          return answer;
        };
        const lossy = Object.create(database, { transaction: { value: transaction } });
        expect((await through(lease, { database: lossy })).status).toBe(500);
        const head = await world.helper(lease, "HEAD", uploadPath("artifact", "out/a.txt"));
        expect(head.headers.get("upload-complete")).toBe("?1");
        expect(await downloaded(lease)).toEqual(["new"]);
      });

      it("is gone with its bytes when its commit failed", async () => {
        const lease = await grant();
        const { database, blobs } = world.hub.deps;
        let failures = 1;
        const transaction: typeof database.transaction = async (work, config) =>
          database.transaction(async (tx) => {
            const answer = await work(tx);
            if (failures-- > 0) throw new Error("the commit was refused");
            return answer;
          }, config);
        const broken = Object.create(database, { transaction: { value: transaction } });
        expect((await through(lease, { database: broken })).status).toBe(500);
        expect(await Array.fromAsync(blobs.list("artifacts/"))).toEqual([]);
        expect((await put(lease, 0, "again", true)).status).toBe(200);
        expect(await downloaded(lease)).toEqual(["again"]);
      });
    });

    it("of an empty file is kept too", async () => {
      expect((await put(await grant(), 0, "", true)).headers.get("upload-complete")).toBe("?1");
    });

    it("that is never completed is swept away a day later, parts and all", async () => {
      const lease = await grant();
      await put(lease, 0, "half", false);
      const parts = async () => (await Array.fromAsync(world.hub.deps.blobs.list("uploads/"))).length;
      expect(await parts()).toBe(1);
      await world.tick();
      expect(await parts()).toBe(1);
      world.hub.clock.advance(86_401);
      await world.tick();
      expect(await parts()).toBe(0);
    });

    it("needs the token of its own lease, and a lease that lives", async () => {
      const lease = await grant();
      expect(await problemOf(await put(lease, 0, "x", true, "nonsense"))).toMatchObject({
        code: "unauthenticated",
      });
      await agent.finish(lease.leaseId);
      expect(await problemOf(await put(lease, 0, "x", true))).toMatchObject({
        status: 409,
        code: "lease_stale",
      });
      expect((await world.helper(lease, "GET", "content")).status).toBe(409);
    });

    it("refuses a path that Postgres could not store, and a part over its size", async () => {
      const lease = await grant();
      const bad = await world.upload(lease, "artifact", "a\0b", "x");
      expect((await problemOf(bad)).code).toBe("invalid_request");
      const big = await put(lease, 0, "x".repeat(4 * 1_048_576 + 1), false);
      expect(await problemOf(big)).toMatchObject({ status: 413, code: "payload_too_large" });
    });
  });

  it("the content is fetched whole, or from where a download broke off", async () => {
    await world.startRun(project, [commandSuite()], true);
    const lease = await grant();
    const whole = await world.helper(lease, "GET", "content");
    const bytes = new Uint8Array(await whole.arrayBuffer());
    const etag = whole.headers.get("etag") ?? "";
    expect(whole.headers.get("content-length")).toBe(String(bytes.length));
    const rest = await world.helper(lease, "GET", "content", {
      headers: { range: "bytes=10-", "if-range": etag },
    });
    expect([rest.status, rest.headers.get("content-range")]).toEqual([
      206,
      `bytes 10-${bytes.length - 1}/${bytes.length}`,
    ]);
    expect(new Uint8Array(await rest.arrayBuffer())).toEqual(bytes.slice(10));
    const other = await world.helper(lease, "GET", "content", {
      headers: { range: "bytes=10-", "if-range": '"x"' },
    });
    expect(other.status).toBe(200);
    const beyond = await world.helper(lease, "GET", "content", {
      headers: { range: `bytes=${bytes.length}-` },
    });
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, `bytes */${bytes.length}`]);
    expect((await world.helper(lease, "GET", "cases")).status).toBe(404);
  });
});
