import type { PullRequestFacts } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
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

describe.each(databases)("what a pull request brought on $name", (database) => {
  let world: CommitWorld;
  beforeAll(async () => {
    world = await openCommitWorld(database);
  });
  afterAll(() => world.close());

  const facts = (pull: OpenedPull) => asWorker<PullRequestFacts>(world.hub, "GET", pull.id);
  async function command(shop: PullRequestShop, pull: OpenedPull, kind: string): Promise<void> {
    const path = `${shop.path}/pull-requests/${pull.id}/commands`;
    await world.hub.json("POST", path, { body: { kind } });
    await world.workflows.work();
  }
  /** Opened, made, tested green. */
  async function passed(): Promise<{ shop: PullRequestShop; pull: OpenedPull }> {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    await shop.deploy();
    await shop.test();
    return { shop, pull };
  }

  it("stays after a verdict, and goes with its close, whatever pins it", async () => {
    const { shop, pull } = await passed();
    const { id } = await shop.environment(pull);
    const until = new Date(world.hub.clock.now().getTime() + 86_400_000).toISOString();
    await world.environments.wish(shop.name, id, "pin", { until, reason: "to look at" });
    expect(await facts(pull)).toMatchObject({ isOver: false });
    await pull.close();
    await world.workflows.work();
    expect(await facts(pull)).toMatchObject({ isOver: false });
    await shop.operate("down");
    expect(await world.environments.show(shop.name, id)).toMatchObject({
      state: "deleted",
      proofComplete: true,
    });
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed" }]);
    await world.look(pull.id);
    expect(await facts(pull)).toMatchObject({ isOver: true, advanceDue: false, reportDue: false });
  });

  it("goes when it is closed while it is applied: the apply is told to stop, and then it is taken down", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    const up = await shop.begin("up");
    await pull.close();
    await world.workflows.work();
    expect((await shop.show(pull)).commits).toMatchObject([
      { state: "cancelled", reason: "the pull request is closed" },
    ]);
    const told = await shop.provisioner.claim({ slotsFree: 0, running: [up.leaseId] });
    expect(told.orders).toEqual([{ leaseId: up.leaseId, order: "cancel" }]);
    expect(await shop.runs()).toMatchObject([{ state: "cancelled", reason: "the pull request is closed" }]);
    await shop.end(up, { failure: { code: "cancelled", message: "told to stop", file: null, line: null } });
    await shop.operate("down");
    expect(await shop.environment(pull)).toMatchObject({ state: "deleted" });
    await world.look(pull.id);
    expect(await facts(pull)).toMatchObject({ isOver: true });
  });

  it("goes when it is merged while it is tested", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    await shop.deploy();
    const grant = await shop.take();
    await pull.merge();
    await world.workflows.work();
    expect((await shop.show(pull)).commits).toMatchObject([
      { state: "cancelled", reason: "the pull request is merged" },
    ]);
    expect((await shop.agent.claim({ slotsFree: 0, running: [grant.leaseId] })).cancelled).toEqual([
      grant.leaseId,
    ]);
    await shop.finish(grant, { reason: "cancelled", exitCode: null });
    await shop.operateAll();
    expect(await shop.runs()).toMatchObject([{ state: "cancelled" }]);
    expect(await shop.environment(pull)).toMatchObject({ state: "deleted" });
  });

  it("goes before anything of it was made", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    await pull.close();
    await world.workflows.work();
    expect(await shop.environment(pull)).toMatchObject({ state: "deleted" });
    await world.look(pull.id);
    expect(await facts(pull)).toMatchObject({ isOver: true });
  });

  it("comes anew when it is opened again, also after a green verdict", async () => {
    const { shop, pull } = await passed();
    const before = await shop.environment(pull);
    await pull.close();
    await world.workflows.work();
    await shop.operateAll();
    world.hub.clock.advance(1);
    await pull.reopen();
    await world.workflows.work();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "running", endedAt: null }]);
    await shop.operateAll();
    await shop.test();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed" }]);
    const after = await shop.environment(pull);
    expect(after).toMatchObject({ state: "ready" });
    expect(after.id).not.toBe(before.id);
    expect(await shop.runs()).toHaveLength(2);
  });

  it("comes anew when it is closed and opened again in one go", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    await shop.deploy();
    await pull.close();
    await pull.reopen();
    await world.workflows.work();
    await shop.operateAll();
    await shop.test();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed" }]);
  });

  it("is taken down by a word and brought again by another, with what had been stopped", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    await shop.deploy();
    await command(shop, pull, "down");
    expect((await shop.show(pull)).commits).toMatchObject([
      { state: "cancelled", reason: "the environment was taken down by hand" },
    ]);
    await shop.operateAll();
    expect(await shop.environment(pull)).toMatchObject({ state: "deleted" });
    world.hub.clock.advance(1);
    await command(shop, pull, "up");
    await shop.operateAll();
    await shop.test();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed" }]);
    expect(await shop.environment(pull)).toMatchObject({ state: "ready" });
  });

  it("that stopped without any environment is begun again by a word", async () => {
    const plain = `version: 1
suites: {smoke: {image: "busybox:1", command: ["true"]}}
runs: {checks: {when: {pull_request: true}}}
`;
    const shop = await createPullRequestShop(world, { "seatrial.yaml": plain });
    const pull = await shop.open();
    await shop.test();
    await command(shop, pull, "down");
    await command(shop, pull, "up");
    await pull.push({ "a.txt": "2" });
    await world.workflows.work();
    await command(shop, pull, "down");
    await command(shop, pull, "up");
    await shop.test();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed" }, { state: "passed" }]);
  });

  it("comes with the next commit after it was taken down", async () => {
    const { shop, pull } = await passed();
    await command(shop, pull, "down");
    await shop.operateAll();
    world.hub.clock.advance(1);
    await pull.push({ "a.txt": "2" });
    await world.workflows.work();
    await shop.operateAll();
    await shop.test();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed" }, { state: "passed" }]);
  });

  it("expires, counted from the newest commit, and is brought again by a word, without another test", async () => {
    const { shop, pull } = await passed();
    world.hub.clock.advance(3_600);
    await pull.push({ "a.txt": "2" });
    await world.workflows.work();
    await shop.operateAll();
    await shop.test();
    const environment = await shop.environment(pull);
    expect(Date.parse(environment.expiresAt) - world.hub.clock.now().getTime()).toBe(7_200_000);
    world.hub.clock.advance(7_200);
    await world.workflows.lookAtEnvironment(environment.id);
    await world.workflows.work();
    await shop.operateAll();
    expect(await shop.environment(pull)).toMatchObject({ state: "deleted" });
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed" }, { state: "passed" }]);
    expect(await facts(pull)).toMatchObject({ advanceDue: false, isOver: false });
    await command(shop, pull, "up");
    await shop.operateAll();
    expect(await shop.environment(pull)).toMatchObject({ state: "ready", appliedGeneration: 1 });
    expect(await shop.runs()).toHaveLength(2);
  });

  it("stays longer after a red verdict, and a rerun is of the red part alone", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    await shop.deploy();
    const grant = await shop.take();
    await shop.finish(grant, { exitCode: 1 });
    await shop.operate("prove");
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "failed" }]);
    const { expiresAt } = await shop.environment(pull);
    expect(Date.parse(expiresAt) - world.hub.clock.now().getTime()).toBe(4 * 3_600_000);
    const first = await shop.runOf(pull);
    world.hub.clock.advance(1);
    await command(shop, pull, "rerun");
    await shop.operate("prove");
    await shop.test();
    const second = await shop.runOf(pull);
    expect(second).toMatchObject({ rerunOf: first.id, state: "passed", pullRequestId: pull.id });
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed", reason: null }]);
  });

  it("is brought again by a rerun when it expired", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    await shop.deploy();
    await shop.finish(await shop.take(), { exitCode: 1 });
    await shop.operate("prove");
    const { id } = await shop.environment(pull);
    world.hub.clock.advance(5 * 3_600);
    await world.workflows.lookAtEnvironment(id);
    await world.workflows.work();
    await shop.operateAll();
    await command(shop, pull, "rerun");
    await shop.operateAll();
    await shop.test();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed" }]);
    expect((await shop.environment(pull)).id).not.toBe(id);
  });

  it("is not rerun where nothing failed, nor while it is tested", async () => {
    const { shop, pull } = await passed();
    await command(shop, pull, "rerun").catch(() => undefined);
    await pull.push({ "a.txt": "2" });
    await world.workflows.work();
    await command(shop, pull, "rerun").catch(() => undefined);
    expect(await shop.runs()).toHaveLength(2);
  });

  it("is stopped also where somebody started a run of it again by hand", async () => {
    const { shop, pull } = await passed();
    const { id } = await shop.runOf(pull);
    await world.hub.json("POST", `${shop.path}/runs/${id}/rerun`, { body: { failed: false } });
    await world.workflows.work();
    await pull.close();
    await world.workflows.work();
    expect((await shop.runs()).map(({ state }) => state).toSorted()).toEqual(["cancelled", "passed"]);
  });
});
