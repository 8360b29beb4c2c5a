import { requestProofs } from "@seatrial/hub/database/schema/clusters.ts";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "../../support/environment-world.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("a tick with a step that cannot be done, on $name", (database) => {
  let world: EnvironmentWorld;
  beforeAll(async () => {
    world = createEnvironmentWorld(await createTestHub(database));
  });
  afterAll(() => world.hub.close());

  it("does the steps after it all the same, and that one as soon as it can be done", async () => {
    const project = await world.project("shop");
    await world.leases.agent("east");
    const { id } = await world.start(project);
    const { database: tables } = world.hub.deps;
    const reasonOf = async () => (await world.show(project, id)).reason;
    expect(await tables.$count(requestProofs)).toBeGreaterThan(0);
    world.hub.clock.advance(3_600);
    await tables.execute(sql`alter table environments rename to elsewhere`);
    await world.tick();
    expect(await tables.$count(requestProofs)).toBe(0);
    await tables.execute(sql`alter table elsewhere rename to environments`);
    expect(await reasonOf()).toBeNull();
    await world.tick();
    expect(await reasonOf()).toMatch(/^waits: no cluster has a provisioner/);
  });
});
