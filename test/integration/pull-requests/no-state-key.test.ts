import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import {
  type CommitWorld,
  createPullRequestShop,
  openCommitWorld,
  shopFile,
} from "../../support/pull-request-shop.ts";

stopServerAfterTests();

const plain = "  plain:\n    when: {pull_request: true}\n";

describe.each(databases)("a pull request of a hub without a key for states on $name", (database) => {
  let world: CommitWorld;
  beforeAll(async () => {
    world = await openCommitWorld(database, { stateKey: null });
  });
  afterAll(() => world.close());

  it("is told what to set where it wants an environment, its other runs are tested, and it can be closed", async () => {
    const shop = await createPullRequestShop(world, { "seatrial.yaml": shopFile(plain) });
    const pull = await shop.open();
    const [commit] = (await shop.show(pull)).commits;
    expect(commit?.runs).toMatchObject([
      { name: "checks", runId: null, reason: expect.stringContaining("SEATRIAL_STATE_KEY") },
      { name: "plain", runId: expect.any(String) },
    ]);
    await shop.test();
    expect((await shop.show(pull)).commits).toMatchObject([
      { state: "errored", reason: expect.stringContaining("SEATRIAL_STATE_KEY") },
    ]);
    const second = await pull.push({ "a.txt": "2" });
    await world.workflows.work();
    await pull.close();
    await world.workflows.work();
    expect((await shop.show(pull)).commits).toMatchObject([
      { sha: second, state: "cancelled" },
      { state: "errored" },
    ]);
  });

  it("says so when people ask for its environment again", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    const path = `${shop.path}/pull-requests/${pull.id}/commands`;
    const answer = await world.hub.call("POST", path, { body: { kind: "up" } });
    expect([answer.status, await answer.text()]).toEqual([
      409,
      expect.stringContaining("SEATRIAL_STATE_KEY"),
    ]);
  });
});
