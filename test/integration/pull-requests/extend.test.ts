import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { type CommitWorld, createPullRequestShop, openCommitWorld } from "../../support/pull-request-shop.ts";

stopServerAfterTests();

describe.each(databases)("the time of a pull request's environment on $name", (database) => {
  let world: CommitWorld;
  beforeAll(async () => {
    world = await openCommitWorld(database);
  });
  afterAll(() => world.close());

  it("grows by the word of somebody who may write, never shrinks, and is nobody else's to change", async () => {
    const shop = await createPullRequestShop(world);
    shop.repository.permit("maintainer", "write");
    const pull = await shop.open();
    await shop.deploy();
    await shop.test();
    const after = (hours: number) =>
      new Date(world.hub.clock.now().getTime() + hours * 3_600_000).toISOString();
    const asked = async (hours: string, by: string) => {
      await pull.comment(`/seatrial extend ${hours}`, by);
      await world.workflows.work();
      return (await shop.environment(pull)).expiresAt;
    };
    expect((await shop.environment(pull)).expiresAt).toBe(after(2));
    expect(await asked("8h", "stranger")).toBe(after(2));
    expect(await asked("8h", "maintainer")).toBe(after(8));
    expect(await asked("3h", "maintainer")).toBe(after(8));
    expect(await asked("400h", "maintainer")).toBe(after(8));
    const { items } = await world.hub.json<{ items: { action: string; actor: object; data: object }[] }>(
      "GET",
      `${shop.path}/audit`,
    );
    expect(items.filter(({ action }) => action === "environment.extend")).toMatchObject([
      { actor: { kind: "user", id: "github:maintainer" }, data: { until: after(8) } },
    ]);
    const states = (await shop.show(pull)).commands.map(
      ({ by, argument, state }) => `${by} ${argument} ${state}`,
    );
    expect(states.sort()).toEqual([
      "maintainer 3h done",
      "maintainer 8h done",
      "maintainer null refused",
      "stranger 8h refused",
    ]);
    world.hub.clock.advance(7 * 3_600);
    await world.workflows.work();
    expect((await shop.environment(pull)).state).toBe("ready");
  });
});
