import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { type CommitWorld, createPullRequestShop, openCommitWorld } from "../../support/pull-request-shop.ts";

stopServerAfterTests();

describe.each(databases)("a pull request without a place for its environment on $name", (database) => {
  let world: CommitWorld;
  beforeAll(async () => {
    world = await openCommitWorld(database);
  });
  afterAll(() => world.close());

  it("waits in line, says so, and goes on when another one is closed", async () => {
    const shop = await createPullRequestShop(world);
    await world.hub.json("PATCH", shop.path, { body: { environmentQuota: 1 } });
    const first = await shop.open();
    await shop.deploy();
    world.hub.clock.advance(1);
    const second = await shop.open({ branch: "second" });
    world.hub.clock.advance(1);
    const third = await shop.open({ branch: "third" });
    await shop.operateAll();
    const places = async () => {
      const shown = await Promise.all([second, third].map((pull) => shop.show(pull)));
      return shown.map(({ environments }) => environments[0]?.queuePosition);
    };
    expect(await places()).toEqual([1, 2]);
    expect((await shop.show(second)).environments).toMatchObject([
      { state: "requested", reason: expect.stringContaining("waits") },
    ]);
    await first.close();
    await world.workflows.work();
    await shop.operateAll();
    expect(await places()).toEqual([null, 1]);
    await shop.test();
    expect((await shop.show(second)).commits).toMatchObject([{ state: "passed" }]);
    await second.close();
    await world.workflows.work();
    await shop.operateAll();
    await shop.test();
    expect((await shop.show(third)).commits).toMatchObject([{ state: "passed" }]);
  });

  it("is taken out of the line by its close", async () => {
    const shop = await createPullRequestShop(world);
    await world.hub.json("PATCH", shop.path, { body: { environmentQuota: 1 } });
    await shop.open();
    await shop.deploy();
    const second = await shop.open({ branch: "second" });
    await second.close();
    await world.workflows.work();
    expect(await shop.environment(second)).toMatchObject({ state: "deleted", queuePosition: null });
    expect((await shop.show(second)).commits).toMatchObject([{ state: "cancelled" }]);
  });
});
