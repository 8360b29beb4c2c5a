import { createLookGate } from "@seatrial/hub/leases/look-gate.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("held claims of one process, on $name", (database) => {
  let world: LeaseWorld;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
    await world.project("shop");
  });
  afterEach(() => world.hub.close());

  it("look for work while some is open: queued, in a project that holds less than its quota", async () => {
    const gate = createLookGate(world.hub.deps);
    const isOpen = async () => {
      const turn = await gate.enter(performance.now());
      turn?.();
      return turn !== null;
    };
    expect(await isOpen()).toBe(false);
    await world.startRun("shop", [commandSuite({ shards: 2 })]);
    expect(await isOpen()).toBe(true);
    await world.hub.json("PATCH", "/v1/projects/shop", { body: { runningQuota: 1 } });
    const agent = await world.agent("east");
    expect((await agent.claim()).leases).toHaveLength(1);
    expect(await isOpen()).toBe(false);
  });

  it("look one after the other, and those behind one that took all there was do not look", async () => {
    const gate = createLookGate(world.hub.deps, 600_000);
    const agent = await world.agent("east");
    await world.startRun("shop", [commandSuite({ shards: 1 })]);
    const wokenAt = performance.now();
    const first = await gate.enter(wokenAt);
    const others = [gate.enter(wokenAt), gate.enter(wokenAt), gate.enter(wokenAt)];
    expect((await agent.claim()).leases).toHaveLength(1);
    first?.();
    expect(first).not.toBe(null);
    expect(await Promise.all(others)).toEqual([null, null, null]);
  });

  it("look at once for work of a project that no other looks at", async () => {
    const gate = createLookGate(world.hub.deps, 600_000);
    await world.project("docs");
    await world.startRun("shop", [commandSuite({ shards: 1 })]);
    const first = await gate.enter(performance.now());
    const behind = gate.enter(performance.now());
    await world.startRun("docs", [commandSuite({ shards: 1 })]);
    const second = await gate.enter(performance.now());
    expect(second).not.toBe(null);
    second?.();
    first?.();
    const third = await behind;
    expect(third).not.toBe(null);
    third?.();
  });

  it("look beside one that does not come back", async () => {
    const gate = createLookGate(world.hub.deps);
    await world.startRun("shop", [commandSuite({ shards: 1 })]);
    expect(await gate.enter(performance.now())).not.toBe(null);
    expect(await gate.enter(performance.now())).not.toBe(null);
  });
});
