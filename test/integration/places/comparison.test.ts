import type { Comparison } from "@seatrial/contracts/runs/comparison.ts";
import type { SuiteSpecInput } from "@seatrial/contracts/suites/suite-spec.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createProject, problemOf, startRun } from "../../support/hub-fixtures.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import type { TestAgent } from "../../support/test-agent.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

/** What a case came to: green, or red with this message. */
type Outcomes = Record<string, "passed" | "skipped" | { red: string }>;

const each = { clusters: { each: "region" }, reports: { junit: ["r.xml"] } };

describe.each(databases)("a comparison on $name", (database) => {
  let world: LeaseWorld;
  let agents: Record<"east" | "north" | "west", TestAgent>;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
    await world.project("shop");
    agents = {
      east: await world.agent("c-east", { labels: { region: "east" } }),
      north: await world.agent("c-north", { labels: { region: "north" } }),
      west: await world.agent("c-west", { labels: { region: "west" } }),
    };
  });
  afterEach(() => world.hub.close());

  const compare = (runId: string, query = "") =>
    world.hub.json<Comparison>("GET", `/v1/projects/shop/runs/${runId}/comparison?${query}`);

  function junit(outcomes: Outcomes): string {
    const cases = Object.entries(outcomes).map(([name, outcome]) => {
      if (outcome === "passed") return `<testcase name="${name}"/>`;
      if (outcome === "skipped") return `<testcase name="${name}"><skipped/></testcase>`;
      return `<testcase name="${name}"><failure message="${outcome.red}"/></testcase>`;
    });
    return `<testsuite>${cases.join("")}</testsuite>`;
  }
  /** The next attempt of a place, with this report. */
  async function tell(place: keyof typeof agents, outcomes: Outcomes): Promise<void> {
    const agent = agents[place];
    const [lease] = (await agent.claim({ slotsFree: 1 })).leases;
    if (lease === undefined) throw new Error(`nothing for ${place}`);
    await agent.acknowledge([lease.leaseId]);
    await agent.progress(lease.leaseId, "running");
    await world.upload(lease, "junit", "r.xml", junit(outcomes));
    const isRed = Object.values(outcomes).some((outcome) => typeof outcome === "object");
    await agent.finish(lease.leaseId, { exitCode: isRed ? 1 : 0 });
    await world.work();
  }
  const start = (fields: Partial<SuiteSpecInput> = {}) =>
    world.startRun("shop", [commandSuite({ ...each, ...fields })]);

  const table = ({ items }: Comparison) =>
    Object.fromEntries(
      items.map((one) => [
        one.case,
        one.cells.map(({ column, outcome }) => `${column} ${outcome}`).join(", "),
      ]),
    );

  it("says which cases differ, where, and who is red alone", async () => {
    const runId = await start();
    await tell("east", { a: "passed", b: "passed", c: { red: "same" }, d: "passed", e: "passed" });
    await tell("north", { a: "passed", b: "passed", c: { red: "same" }, d: "skipped", e: "passed" });
    await tell("west", { a: "passed", b: { red: "no route" }, c: { red: "same" }, d: "passed" });
    const found = await compare(runId);
    expect(found.suites).toMatchObject([
      {
        suite: "api",
        cases: 5,
        equal: 2,
        different: 3,
        columns: [
          { key: "east", suite: "api@east", state: "failed", cases: 5, redAlone: 0 },
          { key: "north", place: { label: "region", value: "north" }, cases: 5, redAlone: 0 },
          { key: "west", suite: "api@west", cases: 4, redAlone: 1 },
        ],
      },
    ]);
    expect(table(found)).toEqual({
      b: "east passed, north passed, west failed",
      d: "east passed, north skipped, west passed",
      e: "east passed, north passed, west missing",
    });
    expect(found.items[0]?.cells[2]?.message).toBe("no route");
    expect((await world.run("shop", runId)).state).toBe("failed");
    const all = await compare(runId, "all=true");
    expect(all.items.map((one) => [one.case, one.different])).toEqual([
      ["a", false],
      ["b", true],
      ["c", false],
      ["d", true],
      ["e", true],
    ]);
  });

  it("compares the last word, and says where it was flaky", async () => {
    const runId = await start({ retries: 1 });
    await tell("east", { a: { red: "once" } });
    await tell("east", { a: "passed" });
    await tell("north", { a: "passed" });
    await tell("west", { a: "passed" });
    const found = await compare(runId, "all=true");
    expect(found.suites?.[0]?.different).toBe(0);
    expect(found.items[0]?.cells.map(({ flaky }) => flaky)).toEqual([true, false, false]);
  });

  it("leaves out a place that told of no case, and says so", async () => {
    const runId = await start();
    await tell("east", { a: "passed" });
    await tell("north", { a: "passed" });
    const found = await compare(runId, "all=true");
    expect(table(found)).toEqual({ a: "east passed, north passed" });
    expect(found.suites?.[0]?.columns[2]).toMatchObject({ key: "west", cases: 0, state: "running" });
  });

  it("comes page by page, each case once, with the counts on the first", async () => {
    const runId = await start();
    await tell("east", { a: "passed", b: "passed", c: "passed" });
    await tell("north", { a: "passed", b: "passed", c: "passed" });
    await tell("west", { a: { red: "1" }, b: { red: "2" }, c: { red: "3" } });
    const first = await compare(runId, "limit=2");
    expect(first.suites?.[0]?.columns[2]?.redAlone).toBe(3);
    const second = await compare(runId, `limit=2&cursor=${first.nextCursor}`);
    expect(second.suites).toBeNull();
    expect(second.nextCursor).toBeNull();
    expect([...first.items, ...second.items].map((one) => one.case)).toEqual(["a", "b", "c"]);
  });

  it("sets two runs beside each other, suite by suite and place by place", async () => {
    const before = await start();
    await tell("east", { a: "passed" });
    await tell("north", { a: "passed" });
    await tell("west", { a: "passed" });
    const after = await start();
    await tell("east", { a: "passed" });
    await tell("north", { a: "passed" });
    await tell("west", { a: { red: "new" } });
    const found = await compare(before, `with=${after}`);
    expect(found.suites?.map(({ suite, different }) => [suite, different])).toEqual([
      ["api@east", 0],
      ["api@north", 0],
      ["api@west", 1],
    ]);
    expect(table(found)).toEqual({ a: `${before} passed, ${after} failed` });
    expect((await compare(before, `with=${after}&suite=api@east`)).suites).toHaveLength(1);
  });

  it("sets a copy beside the copy of its own place, whatever name that has", async () => {
    const relabel = (cluster: string, region: string) =>
      world.hub.json("PATCH", `/v1/clusters/${cluster}`, { body: { labels: { region } } });
    await relabel("c-east", "eu 1");
    await relabel("c-north", "eu/1");
    const before = await start();
    await tell("east", { a: { red: "of another place" } });
    await tell("north", { a: "passed" });
    await tell("west", { a: "passed" });
    // Its name is `api@eu-1-2` in the first run, and `api@eu-1` in the second.
    await relabel("c-east", "us");
    const after = await start();
    await tell("north", { a: "passed" });
    await tell("east", { a: "passed" });
    await tell("west", { a: "passed" });
    const found = await compare(before, `with=${after}`);
    expect(found.suites?.map(({ suite, different }) => [suite, different])).toEqual([
      ["api@eu-1-2", 0],
      ["api@west", 0],
    ]);
  });

  it("has nothing to say of a run without places, and knows no run of another project", async () => {
    const runId = await world.startRun("shop", [commandSuite()]);
    expect(await compare(runId)).toEqual({ suites: [], items: [], nextCursor: null });
    await createProject(world.hub, "other");
    const foreign = await startRun(world.hub, "other");
    const paths = [`${foreign.id}/comparison`, `${runId}/comparison?with=${foreign.id}`];
    for (const path of paths) {
      const answer = await world.hub.call("GET", `/v1/projects/shop/runs/${path}`);
      expect(await problemOf(answer)).toMatchObject({ status: 404, code: "not_found" });
    }
  });
});
