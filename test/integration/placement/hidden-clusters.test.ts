import type { Page } from "@seatrial/contracts/http/page.ts";
import type { ShardPlacement } from "@seatrial/contracts/placement/placement.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createProject } from "../../support/hub-fixtures.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("clusters that are not open to a project, on $name", (database) => {
  let world: LeaseWorld;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
  });
  afterEach(() => world.hub.close());

  it("are not shown to it, and it does not read that none has joined", async () => {
    const shop = await createProject(world.hub, "shop");
    await world.project("other");
    await world.agent("east", { projects: ["other"] });
    const runId = await world.startRun("shop", [commandSuite()]);
    const read = (options: { token?: string }) =>
      world.hub.json<Page<ShardPlacement>>("GET", `${shop.path}/runs/${runId}/placement`, options);
    const { items } = await read({ token: shop.runToken });
    expect(items[0]?.waiting).toMatchObject({
      clusters: [],
      reasons: [{ code: "projects", message: "no cluster is open to this project" }],
    });
    expect((await read({})).items[0]?.waiting?.clusters).toMatchObject([{ cluster: "east" }]);
  });
});
