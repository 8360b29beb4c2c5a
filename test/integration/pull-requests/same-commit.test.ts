import type { PullRequestFacts } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { commitWorlds } from "@seatrial/hub/checks/commit-worlds.ts";
import { drawCheck } from "@seatrial/hub/checks/draw-check.ts";
import { readWorld } from "@seatrial/hub/checks/read-world.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import {
  asWorker,
  type CommitWorld,
  createPullRequestShop,
  type OpenedPull,
  openCommitWorld,
  type PullRequestShop,
} from "../../support/pull-request-shop.ts";

stopServerAfterTests();

describe.each(databases)("two pull requests with one newest commit on $name", (database) => {
  let world: CommitWorld;
  beforeAll(async () => {
    world = await openCommitWorld(database);
  });
  afterAll(() => world.close());

  /** The check of its newest commit, which it has told: nothing is due any more. */
  async function checkOf(pull: OpenedPull) {
    const facts = await asWorker<PullRequestFacts>(world.hub, "GET", pull.id);
    expect(facts).toMatchObject({ reportDue: false, advanceDue: false });
    const drawn = await readWorld(world.hub.deps.database, pull.id);
    const [newest] = drawn === null ? [] : commitWorlds(drawn);
    if (drawn === null || newest === undefined) throw new Error("there is no commit");
    const check = drawCheck(newest, drawn);
    return { sha: check?.sha, status: check?.status, conclusion: check?.conclusion, title: check?.title };
  }
  /** Ends what is to be tested. */
  async function testAll(shop: PullRequestShop, exit: Record<string, unknown> = {}): Promise<void> {
    const { leases } = await shop.agent.claim({ slotsFree: 9 });
    await shop.agent.acknowledge(leases.map(({ leaseId }) => leaseId));
    for (const grant of leases) {
      await shop.agent.progress(grant.leaseId, "running");
      await shop.finish(grant, exit);
    }
    await shop.operateAll();
  }
  /** One that passed, and another whose branch is set to the same commit. */
  async function twins() {
    const shop = await createPullRequestShop(world);
    const one = await shop.open();
    await shop.deploy();
    await testAll(shop);
    const other = await shop.open({ branch: "other", files: { "b.txt": "1" } });
    await shop.operateAll();
    const { headSha: before } = other;
    other.state.head.sha = one.headSha;
    other.state.updatedAt = world.github.state.tick();
    await other.tell("synchronize", "author", { before, after: one.headSha });
    await world.workflows.work();
    await shop.operateAll();
    // An update and a test at one time: nobody knows which of them was there first.
    world.hub.clock.advance(1);
    return { shop, one, other, sha: one.headSha };
  }

  it("have one verdict there, the worst, for the forge looks at one check of that name alone", async () => {
    const { shop, one, other, sha } = await twins();
    expect(await checkOf(other)).toEqual({ sha, status: "in_progress", conclusion: null, title: "Testing" });
    const word = `in pull request #${other.number}`;
    expect(await checkOf(one)).toEqual({
      ...{ sha, status: "in_progress", conclusion: null },
      title: `This commit is under test ${word}`,
    });
    await testAll(shop, { exitCode: 1 });
    expect(await checkOf(other)).toMatchObject({ status: "completed", conclusion: "failure" });
    expect(await checkOf(one)).toEqual({
      ...{ sha, status: "completed", conclusion: "failure", title: `This commit failed ${word}` },
    });
    // Each knows its own: it is the check alone that they share.
    expect((await shop.show(one)).commits).toMatchObject([{ state: "passed" }]);
  });

  it("are free of each other once one is closed or goes on to another commit", async () => {
    const { shop, one, other } = await twins();
    await testAll(shop, { exitCode: 1 });
    expect(await checkOf(one)).toMatchObject({ conclusion: "failure" });
    await other.close();
    await world.workflows.work();
    await shop.operateAll();
    expect(await checkOf(one)).toMatchObject({ conclusion: "success" });
    expect(await checkOf(other)).toMatchObject({
      ...{ conclusion: "success", title: `This commit passed in pull request #${one.number}` },
    });
    await one.push({ "a.txt": "2" });
    await world.workflows.work();
    await shop.operateAll();
    expect(await checkOf(other)).toMatchObject({ conclusion: "failure" });
  });
});
