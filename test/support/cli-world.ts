import type { TestDatabase } from "./databases.ts";
import { createLeaseWorld, type LeaseWorld } from "./lease-world.ts";
import { type CliPlace, createCliPlace, listenOn } from "./run-cli.ts";
import { adminToken, createTestHub } from "./test-hub.ts";

export type CliWorld = { world: LeaseWorld; place: CliPlace; close: () => Promise<void> };

/** A hub that listens, with the project `shop`, and a folder in which an admin runs the command line for that project. */
export async function createCliWorld(database: TestDatabase): Promise<CliWorld> {
  const hub = await createTestHub(database);
  const listening = await listenOn(hub.app);
  const world = createLeaseWorld(hub);
  await world.project("shop");
  const environment = { SEATRIAL_HUB: listening.url, SEATRIAL_TOKEN: adminToken, SEATRIAL_PROJECT: "shop" };
  const place = await createCliPlace(environment);
  return {
    world,
    place,
    async close() {
      for (const { close } of [place, listening, hub]) await close();
    },
  };
}
