import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("a run of commands on $name", (database) => {
  let world: LeaseWorld;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
  });
  afterEach(() => world.hub.close());

  it("goes from request to verdict through plan, claim, acknowledgement and finish", async () => {
    const project = await world.project("shop");
    const agent = await world.agent("east");
    const runId = await world.createRun(project, { suites: [commandSuite({ shards: 3 })], content: false });
    await world.work();
    expect(await world.runState(runId)).toBe("running");

    const { leases, times } = await agent.claim();
    expect(times.leaseSeconds).toBe(60);
    const granted = leases.map(({ work }) => [
      work.shardIndex,
      work.shardCount,
      work.mode,
      work.image,
      work.command,
    ]);
    expect(granted.sort()).toEqual([
      [0, 3, "test", "busybox:1", ["true"]],
      [1, 3, "test", "busybox:1", ["true"]],
      [2, 3, "test", "busybox:1", ["true"]],
    ]);
    const ids = leases.map(({ leaseId }) => leaseId);
    expect(await agent.acknowledge(ids)).toEqual({ accepted: ids, refused: [] });
    for (const id of ids) {
      expect((await agent.progress(id, "starting")).status).toBe(200);
      expect((await agent.progress(id, "running")).status).toBe(200);
      expect(await (await agent.finish(id)).json()).toEqual({ state: "passed", duplicate: false });
    }
    await world.work();
    expect(await world.runState(runId)).toBe("passed");
  });

  it("fails when one command fails", async () => {
    const project = await world.project("shop");
    const agent = await world.agent("east");
    const runId = await world.createRun(project, { suites: [commandSuite({ shards: 2 })], content: false });
    await world.work();
    const [one, two] = (await agent.claim()).leases;
    await agent.finish(one?.leaseId ?? "");
    expect(await (await agent.finish(two?.leaseId ?? "", { exitCode: 3 })).json()).toEqual({
      state: "failed",
      duplicate: false,
    });
    await world.work();
    expect(await world.runState(runId)).toBe("failed");
  });
});
