import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("a place that is away, on $name", (database) => {
  let world: LeaseWorld;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
    await world.project("shop");
  });
  afterEach(() => world.hub.close());

  const start = (region: string, shards: number, ...names: string[]) =>
    world.startRun(
      "shop",
      names.map((name) => commandSuite({ name, shards, clusters: { labels: { region }, each: "region" } })),
    );

  it("is told however many shards wait for places that are busy", async () => {
    const east = await world.agent("c-east", { labels: { region: "east" } });
    await world.agent("c-west", { labels: { region: "west" } });
    const busy = await start("east", 260, "api", "web");
    const away = await start("west", 1, "api");
    for (let passed = 0; passed < 240; passed += 20) {
      world.hub.clock.advance(20);
      await east.claim({ slotsFree: 0 });
      await world.tick();
    }
    await world.work();
    expect(await world.run("shop", away)).toMatchObject({ state: "errored" });
    expect(await world.run("shop", busy)).toMatchObject({ state: "running" });
  });
});
