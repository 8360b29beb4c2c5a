import type { Run } from "@seatrial/contracts/runs/run.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { problemOf } from "../../support/hub-fixtures.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import type { TestAgent } from "../../support/test-agent.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

const suites = [commandSuite(), commandSuite({ name: "load" })];

describe.each(databases)("optional suites on $name", (database) => {
  let world: LeaseWorld;
  let agent: TestAgent;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
    await world.project("shop");
    agent = await world.agent("east");
  });
  afterEach(() => world.hub.close());

  async function start(body: object = {}): Promise<Run> {
    const run = await world.hub.json<Run>("POST", "/v1/projects/shop/runs", {
      body: { suites, optional: ["load"], ...body },
    });
    await world.work();
    return run;
  }
  /** Ends what is granted, red where the suite is named. */
  async function finish(red: readonly string[], only: readonly string[] = ["api", "load"]): Promise<void> {
    const { leases } = await agent.claim();
    await agent.acknowledge(leases.map(({ leaseId }) => leaseId));
    for (const { leaseId, work } of leases.filter((lease) => only.includes(lease.work.suite)))
      await agent.finish(leaseId, { exitCode: red.includes(work.suite) ? 1 : 0 });
    await world.work();
  }
  const outcome = async ({ id }: Run) => {
    const { state, reason } = await world.run("shop", id);
    return [state, reason];
  };

  it("fail no run, and are named apart", async () => {
    const run = await start();
    expect(run.suites.map(({ name, optional }) => [name, optional])).toEqual([
      ["api", false],
      ["load", true],
    ]);
    await finish(["load"]);
    expect(await outcome(run)).toEqual(["passed", "load failed, and is optional"]);
  });

  it("do not hide what counts", async () => {
    const run = await start();
    await finish(["api"]);
    expect(await outcome(run)).toEqual(["failed", null]);
  });

  it("are waited for before a run is over", async () => {
    const run = await start();
    await finish([], ["api"]);
    expect((await outcome(run))[0]).toBe("running");
  });

  it("stay optional in a rerun, also alone", async () => {
    const run = await start();
    await finish(["load"]);
    const again = await world.hub.json<Run>("POST", `/v1/projects/shop/runs/${run.id}/rerun`, {
      body: { failed: true },
    });
    expect(again.suites.map(({ name, optional }) => [name, optional])).toEqual([["load", true]]);
    await world.work();
    await finish(["load"]);
    expect(await outcome(again)).toEqual(["passed", "load failed, and is optional"]);
  });

  it("stay optional in each of their copies", async () => {
    await world.agent("west");
    const load = commandSuite({ name: "load", clusters: { each: "cluster" } });
    const run = await start({ suites: [commandSuite(), load] });
    expect(run.suites.map(({ name, optional }) => [name, optional])).toEqual([
      ["api", false],
      ["load@east", true],
      ["load@west", true],
    ]);
  });

  it("must be suites of the run, and not all of them", async () => {
    const refused = async (optional: string[]) => {
      const answer = await world.hub.call("POST", "/v1/projects/shop/runs", { body: { suites, optional } });
      return problemOf(answer);
    };
    expect(await refused(["slow"])).toMatchObject({
      code: "invalid_request",
      detail: '/optional/0: no suite is named "slow": there are api, load',
    });
    expect(await refused(["load", "api"])).toMatchObject({
      code: "invalid_request",
      detail: "/optional: every suite is optional, and then nothing decides: leave out at least one",
    });
  });
});
