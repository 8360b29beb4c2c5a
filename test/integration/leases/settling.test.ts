import { createApp } from "@seatrial/hub/app/create-app.ts";
import { runEvents, shards } from "@seatrial/hub/database/schema/runs.ts";
import { runChannel, workChannel } from "@seatrial/hub/notifications/channels.ts";
import { and, eq, isNull } from "drizzle-orm";
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
    const runId = await world.startRun("shop", [commandSuite({ retries: 1, shards: 2 })]);
    const { leases } = await agent.claim();
    await agent.acknowledge(leases.map(({ leaseId }) => leaseId));
    await agent.finish(leases[0]?.leaseId ?? "");
    await settle(runId, app);
    expect(woken).toEqual([runChannel(runId)]);
    await agent.finish(leases[1]?.leaseId ?? "", { exitCode: 1 });
    await settle(runId, app);
    expect(woken).toContain(workChannel);
  });
});
