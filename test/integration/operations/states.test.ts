import { createApp } from "@seatrial/hub/app/create-app.ts";
import type { Database } from "@seatrial/hub/database/database.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "../../support/environment-world.ts";
import { createTestHub } from "../../support/test-hub.ts";
import { codeOf, createTestProvisioner } from "../../support/test-provisioner.ts";

stopServerAfterTests();

const stateOf = (text: string) => ({
  bytes: new TextEncoder().encode(text),
  engine: "3.259.0",
  provider: "embedded/1",
});

describe.each(databases)("an environment's state on $name", (database) => {
  let world: EnvironmentWorld;
  let project: string;
  beforeEach(async () => {
    world = createEnvironmentWorld(await createTestHub(database));
    project = await world.project("shop");
  });
  afterEach(() => world.hub.close());
  const { signal } = new AbortController();
  const textOf = async (state: Promise<{ bytes: Uint8Array }>) => Buffer.from((await state).bytes).toString();

  it("whose bytes are lost is missing, so that an update goes on without it", async () => {
    const east = await world.provisioner("east");
    await world.start(project);
    const { leaseId } = await east.take();
    await east.link.putState(leaseId, stateOf("one"));
    for await (const key of world.hub.deps.blobs.list("states/")) await world.hub.deps.blobs.delete(key);
    expect(await codeOf(east.link.getState(leaseId, signal))).toBe("state_missing");
    await east.link.putState(leaseId, stateOf("two"));
    expect(await textOf(east.link.getState(leaseId, signal))).toBe("two");
  });

  it("is kept when the database took it and its answer is lost", async () => {
    let isLosing = false;
    const losing = new Proxy(world.hub.deps.database, {
      get(target, name, receiver) {
        const value: unknown = Reflect.get(target, name, receiver);
        if (name !== "transaction") return value;
        return async (...words: Parameters<Database["transaction"]>) => {
          const answer = await target.transaction(...words);
          if (isLosing) throw new Error("the connection was lost");
          return answer;
        };
      },
    });
    const app = createApp({ ...world.hub.deps, database: losing });
    const token = await world.leases.joinToken("east", { role: "provisioner" });
    const east = await createTestProvisioner(world.hub, "east", token, app);
    await world.start(project);
    const { leaseId } = await east.take();
    isLosing = true;
    expect(await codeOf(east.link.putState(leaseId, stateOf("one")))).toBe("internal");
    isLosing = false;
    expect(await textOf(east.link.getState(leaseId, signal))).toBe("one");
    await east.link.putState(leaseId, stateOf("two"));
    expect(await textOf(east.link.getState(leaseId, signal))).toBe("two");
    expect(await Array.fromAsync(world.hub.deps.blobs.list("states/"))).toHaveLength(1);
  });

  it("of a lease that is over is refused and leaves nothing behind", async () => {
    const east = await world.provisioner("east");
    await world.start(project);
    const { leaseId } = await east.take();
    await east.finish(leaseId);
    expect(await codeOf(east.link.putState(leaseId, stateOf("late")))).toBe("lease_stale");
    expect(await Array.fromAsync(world.hub.deps.blobs.list("states/"))).toEqual([]);
  });
});
