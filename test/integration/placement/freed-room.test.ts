import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("the room of a cluster, on $name", (database) => {
  let world: LeaseWorld;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
    await world.project("shop");
  });
  afterEach(() => world.hub.close());

  it("is given on once by a claim that is held when what took it ends, without being asked anew", async () => {
    const resources = { cpuMillis: 1_000, memoryBytes: 64 * 1_048_576 };
    await world.startRun("shop", [commandSuite({ shards: 3, resources })]);
    const agent = await world.agent("east");
    const all = { cpuMillis: 1_500, memoryBytes: 1_073_741_824, pods: 10 };
    const [first] = (await agent.claim({ slotsFree: 2, allocatable: all })).leases;
    const leaseId = first?.leaseId ?? "";
    await agent.acknowledge([leaseId]);
    const left = { ...all, cpuMillis: 500 };
    const asked = { slotsFree: 2, running: [leaseId], allocatable: left };
    expect((await agent.claim(asked)).leases).toEqual([]);
    const held = agent.claim({ ...asked, waitSeconds: 25 });
    await agent.finish(leaseId);
    expect((await held).leases).toHaveLength(1);
  });
});
