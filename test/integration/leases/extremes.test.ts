import type { RunResult } from "@seatrial/contracts/runs/result.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld, pytestSuite } from "../../support/lease-world.ts";
import type { TestAgent } from "../../support/test-agent.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

type Page = { items: RunResult[]; nextCursor: string | null };
const end = (name: string, outcome: string) => `${JSON.stringify({ event: "end", case: name, outcome })}\n`;

describe.each(databases)("extremes of the lease protocol on $name", (database) => {
  let world: LeaseWorld;
  let agent: TestAgent;
  let project: string;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
    project = await world.project("shop");
    agent = await world.agent("east");
  });
  afterEach(() => world.hub.close());

  async function grant() {
    const { leases } = await agent.claim();
    await agent.acknowledge(leases.map(({ leaseId }) => leaseId));
    const [first] = leases;
    if (first === undefined) throw new Error("nothing was granted");
    return first;
  }
  /** Lists these cases, as the first attempt of a pytest run. */
  async function list(cases: string[]) {
    const listing = await grant();
    const text = JSON.stringify({ tool: "pytest", cases: cases.map((id) => ({ id })) });
    expect((await world.upload(listing, "list", "list.json", text)).status).toBe(200);
    await agent.finish(listing.leaseId);
    await world.work();
  }

  it("grants what fits although the queue starts with items that no cluster can take", async () => {
    const resources = { cpuMillis: 64_000, memoryBytes: 16 * 1_048_576 };
    await world.startRun(project, [commandSuite({ name: "huge", shards: 10, resources })]);
    world.hub.clock.advance(1);
    await world.startRun(project, [commandSuite({ name: "small" })]);
    const allocatable = { cpuMillis: 4_000, memoryBytes: 8 * 1_024 ** 3, pods: 100 };
    const { leases } = await agent.claim({ slotsFree: 1, allocatable });
    expect(leases.map(({ work }) => work.suite)).toEqual(["small"]);
  });

  it("ends an attempt whatever its cluster says of it, NUL and half characters included", async () => {
    const runId = await world.startRun(project, [commandSuite()]);
    const lease = await grant();
    const exit = {
      reason: "bad_command",
      exitCode: 127,
      message: "no\0such \ud83d",
      evidence: ["a\0b", "\udc00"],
    };
    expect((await agent.finish(lease.leaseId, exit)).status).toBe(200);
    await world.work();
    const [shard] = await world.shards(project, runId);
    expect([shard?.state, shard?.reason, shard?.attempts[0]?.exit?.evidence]).toEqual([
      "errored",
      "no\uFFFDsuch \uFFFD",
      ["a\uFFFDb", "\uFFFD"],
    ]);
  });

  it("ends an attempt whose missing case has a name that its message cuts in the middle of a character", async () => {
    const runId = await world.startRun(project, [pytestSuite()], true);
    const name = `${"a".repeat(199)}\u{1F600}`;
    await list([name, "b"]);
    const lease = await grant();
    await world.upload(lease, "journal", "journal.ndjson", end("b", "passed"));
    expect((await agent.finish(lease.leaseId)).status).toBe(200);
    await world.work();
    expect((await world.run(project, runId)).state).toBe("errored");
  });

  it("keeps and pages results with the longest names there are", async () => {
    const runId = await world.startRun(project, [commandSuite({ reports: { junit: ["*.xml"] } })]);
    const lease = await grant();
    // No two alike and hard to compress: an index entry has room for 2704 bytes.
    const han = (seed: number) =>
      Array.from({ length: 1_200 }, (_, index) =>
        String.fromCodePoint(0x4e00 + ((index * index * 7_919 + index * 104_729 + seed * 31) % 20_000)),
      ).join("");
    const names = [han(1), han(2), "\\".repeat(1_000), "x".repeat(5_000), han(1)];
    const cases = names.map((name) => `<testcase name="${name}"/>`).join("");
    expect((await world.upload(lease, "junit", "a.xml", `<testsuite>${cases}</testsuite>`)).status).toBe(200);
    const seen: string[] = [];
    let cursor = "";
    for (;;) {
      const path = `/v1/projects/${project}/runs/${runId}/results?limit=1${cursor}`;
      const page = await world.hub.json<Page>("GET", path);
      seen.push(...page.items.map((result) => result.case));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(new Set(seen).size).toBe(5);
    expect(Math.max(...seen.map((name) => Buffer.byteLength(name)))).toBeLessThanOrEqual(2_510);
  });

  it("ends an attempt whose case names together have millions of parts", async () => {
    const runId = await world.startRun(project, [commandSuite({ reports: { junit: ["*.xml"] } })]);
    const lease = await grant();
    for (let file = 0; file < 7; file += 1) {
      // Written out, the starts of one of these names take a quarter of a megabyte.
      const cases = Array.from({ length: 2_500 }, (_, at) => `c${file * 2_500 + at}${" › a".repeat(248)}`);
      const report = `<testsuite>${cases.map((name) => `<testcase name="${name}"/>`).join("")}</testsuite>`;
      expect((await world.upload(lease, "junit", `${file}.xml`, report)).status).toBe(200);
    }
    expect((await agent.finish(lease.leaseId)).status).toBe(200);
    await world.work();
    const { state, counts } = await world.run(project, runId);
    expect([state, counts.passed]).toEqual(["passed", 17_500]);
  });

  it("forgets what half a report of a lost attempt said once the same cases ran to a verdict", async () => {
    const runId = await world.startRun(project, [pytestSuite()], true);
    await list(["tests/test_a.py::a", "tests/test_a.py::b"]);
    const first = await grant();
    const partial = end("tests/test_a.py", "errored") + end("tests/test_a.py::a", "failed");
    await world.upload(first, "journal", "journal.ndjson", partial);
    world.hub.clock.advance(61);
    await world.tick();
    await world.work();
    expect((await world.run(project, runId)).counts).toMatchObject({ errored: 1, failed: 1, passed: 0 });
    const second = await grant();
    const whole = end("tests/test_a.py::a", "passed") + end("tests/test_a.py::b", "passed");
    await world.upload(second, "journal", "journal.ndjson", whole);
    await agent.finish(second.leaseId);
    await world.work();
    const { state, counts } = await world.run(project, runId);
    expect([state, counts]).toEqual(["passed", { passed: 2, failed: 0, errored: 0, skipped: 0, flaky: 1 }]);
    const { items } = await world.hub.json<Page>("GET", `/v1/projects/${project}/runs/${runId}/results`);
    expect(items.map((result) => result.case)).toEqual(["tests/test_a.py::a", "tests/test_a.py::b"]);
  });

  it("leaves no bytes behind of a part that comes too late or twice", async () => {
    await world.startRun(project, [commandSuite()]);
    const lease = await grant();
    const part = () =>
      world.helper(lease, "PUT", "uploads?kind=artifact&path=a", {
        body: "half",
        headers: { "upload-offset": "0", "upload-complete": "?0" },
      });
    const statuses = (await Promise.all([part(), part()])).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 409]);
    const kept: string[] = [];
    for await (const key of world.hub.deps.blobs.list(`uploads/${lease.leaseId}/`)) kept.push(key);
    expect(kept).toHaveLength(1);
  });
});
