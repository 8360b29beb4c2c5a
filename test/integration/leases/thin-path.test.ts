import type { RunEvent } from "@seatrial/contracts/runs/run-event.ts";
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
    const runId = await world.startRun(project, [commandSuite({ shards: 3 })]);
    expect((await world.run(project, runId)).state).toBe("running");

    const { leases, times } = await agent.claim();
    expect(times.leaseSeconds).toBe(60);
    const granted = leases.map(({ work }) => [
      work.shardIndex,
      work.shardCount,
      work.mode,
      work.image,
      work.content,
    ]);
    expect(granted.sort()).toEqual([0, 1, 2].map((index) => [index, 3, "test", "busybox:1", false]));
    const ids = leases.map(({ leaseId }) => leaseId);
    expect(await agent.acknowledge(ids)).toEqual({ accepted: ids, refused: [] });
    for (const id of ids) {
      expect((await agent.progress(id, "starting")).status).toBe(200);
      expect((await agent.progress(id, "running")).status).toBe(200);
      expect(await (await agent.finish(id)).json()).toEqual({ state: "passed", duplicate: false });
    }
    await world.work();
    expect((await world.run(project, runId)).state).toBe("passed");
    const shards = await world.shards(project, runId);
    expect(shards.map(({ state, attempts }) => [state, attempts.map((attempt) => attempt.cluster)])).toEqual(
      Array(3).fill(["passed", ["east"]]),
    );
  });

  it("fails when one command fails, and says which shard and how", async () => {
    const project = await world.project("shop");
    const agent = await world.agent("east");
    const runId = await world.startRun(project, [commandSuite({ shards: 2 })]);
    for (const { leaseId, work } of (await agent.claim()).leases)
      await agent.finish(leaseId, { exitCode: work.shardIndex === 1 ? 3 : 0 });
    await world.work();
    const run = await world.run(project, runId);
    expect([run.state, run.suites[0]?.state, run.suites[0]?.reason]).toEqual([
      "failed",
      "failed",
      "shard 2: exit code 3",
    ]);
  });

  it("tells each step as an event, numbered without gaps", async () => {
    const project = await world.project("shop");
    const agent = await world.agent("east");
    const runId = await world.startRun(project, [commandSuite()]);
    const [lease] = (await agent.claim()).leases;
    await agent.progress(lease?.leaseId ?? "", "starting");
    await agent.progress(lease?.leaseId ?? "", "starting");
    await agent.progress(lease?.leaseId ?? "", "running");
    await agent.progress(lease?.leaseId ?? "", "starting");
    await agent.finish(lease?.leaseId ?? "");
    await world.work();
    const path = `/v1/projects/${project}/runs/${runId}/events`;
    const { items } = await world.hub.json<{ items: RunEvent[] }>("GET", path);
    const types = items.map(({ type }) => type);
    expect(types).toEqual([
      "run.created",
      "run.planned",
      "shard.queued",
      "attempt.leased",
      "attempt.starting",
      "attempt.running",
      "attempt.finished",
      "shard.finished",
      "suite.finished",
      "run.finished",
    ]);
    expect(items.map(({ id }) => id)).toEqual(types.map((_, index) => index + 1));
  });

  it("is planned, split and settled once, however often the worker asks", async () => {
    const project = await world.project("shop");
    const runId = await world.startRun(project, [commandSuite({ shards: 2 })]);
    const again = (activity: string) =>
      world.hub.json("POST", `/worker/v1/runs/${runId}/${activity}`, {
        token: "st_worker-token-of-the-tests",
      });
    for (const activity of ["plan", "settle", "suites/api/split"])
      expect(await again(activity)).toEqual({ changed: false, runState: "running" });
    expect(await world.shards(project, runId)).toHaveLength(2);
  });
});
