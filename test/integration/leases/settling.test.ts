import { createApp } from "@seatrial/hub/app/create-app.ts";
import { runEvents, shards } from "@seatrial/hub/database/schema/runs.ts";
import { outbox } from "@seatrial/hub/database/schema/work.ts";
import { runChannel, workChannel } from "@seatrial/hub/notifications/channels.ts";
import { and, eq, isNotNull, isNull } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import { createTestHub, workerToken } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("settling on $name", (database) => {
  let world: LeaseWorld;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
    await world.project("shop");
  });
  afterEach(() => world.hub.close());

  const settle = (runId: string, app = world.hub.app) =>
    world.hub.json("POST", `/worker/v1/runs/${runId}/settle`, { token: workerToken, app });

  it("ends a large run that was cancelled step by step, each at once after the one before", async () => {
    const suites = [500, 500, 1].map((count, index) => commandSuite({ name: `s${index}`, shards: count }));
    const runId = await world.startRun("shop", suites);
    await world.cancelRun("shop", runId);
    expect(await settle(runId)).toEqual({ changed: true, runState: "running" });
    const { database: open } = world.hub.deps;
    const isOpen = and(eq(shards.runId, runId), isNull(shards.finishedAt));
    expect(await open.$count(shards, isOpen)).toBe(501);
    await world.work();
    const run = await world.run("shop", runId);
    expect([run.state, run.suites.map(({ state }) => state)]).toEqual([
      "cancelled",
      ["cancelled", "cancelled", "cancelled"],
    ]);
    const isEnd = and(eq(runEvents.runId, runId), eq(runEvents.type, "shard.finished"));
    expect(await open.$count(runEvents, isEnd)).toBe(1_001);
  });

  it("wakes who asks for work only when a shard is tried again", async () => {
    const { deps } = world.hub;
    const woken: string[] = [];
    const notify = (...channels: string[]) => {
      woken.push(...channels);
      deps.notifications.notify(...channels);
    };
    const app = createApp({ ...deps, notifications: { ...deps.notifications, notify } });
    const agent = await world.agent("east");
    const green = await world.startRun("shop", [commandSuite()]);
    const red = await world.startRun("shop", [commandSuite({ retries: 1 })]);
    const { leases } = await agent.claim();
    await agent.acknowledge(leases.map(({ leaseId }) => leaseId));
    const leaseOf = (run: string) => leases.find(({ work }) => work.runId === run)?.leaseId ?? "";
    await agent.finish(leaseOf(green));
    await settle(green, app);
    expect(woken).toEqual([runChannel(green)]);
    await agent.finish(leaseOf(red), { exitCode: 1 });
    await settle(red, app);
    expect(woken).toContain(workChannel);
  });

  it("ends green shards without the worker, and asks it for red ones and the last of a suite", async () => {
    const agent = await world.agent("east");
    const runId = await world.startRun("shop", [commandSuite({ shards: 4 })]);
    const { database: open } = world.hub.deps;
    const { leases } = await agent.claim();
    await agent.acknowledge(leases.map(({ leaseId }) => leaseId));
    const finish = async (index: number, exitCode: number) => {
      await open.delete(outbox);
      await agent.finish(leases[index]?.leaseId ?? "", { exitCode });
      const ended = await open.$count(shards, and(eq(shards.runId, runId), isNotNull(shards.finishedAt)));
      return { ended, announced: await open.$count(outbox) };
    };
    expect(await finish(0, 0)).toEqual({ ended: 1, announced: 0 });
    expect(await finish(1, 1)).toEqual({ ended: 1, announced: 1 });
    expect(await finish(2, 0)).toEqual({ ended: 2, announced: 0 });
    expect(await settle(runId)).toEqual({ changed: true, runState: "running" });
    expect(await finish(3, 0)).toEqual({ ended: 3, announced: 1 });
    expect(await settle(runId)).toEqual({ changed: true, runState: "failed" });
    const types = (await open.select().from(runEvents).where(eq(runEvents.runId, runId))).map(
      ({ type }) => type,
    );
    expect(types.filter((type) => type === "shard.finished")).toHaveLength(4);
  });
});
