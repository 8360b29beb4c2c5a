import type { Run } from "@seatrial/contracts/runs/run.ts";
import type { PullRequestReport } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { problemOf } from "../../support/hub-fixtures.ts";
import {
  asWorker,
  type CommitWorld,
  createPullRequestShop,
  type OpenedPull,
  openCommitWorld,
  type PullRequestShop,
  shopFile,
} from "../../support/pull-request-shop.ts";

stopServerAfterTests();

const red = { exitCode: 1 };
/** A second suite, so that a run may be red in part. */
const twoSuites = shopFile().replace(
  "environments:",
  '  slow:\n    image: busybox:1\n    command: ["true"]\nenvironments:',
);

describe.each(databases)("a run of a pull request that is started again by its id on $name", (database) => {
  let world: CommitWorld;
  beforeAll(async () => {
    world = await openCommitWorld(database);
  });
  afterAll(() => world.close());

  const askFor = (shop: PullRequestShop, runId: string, failed: boolean) =>
    world.hub.call("POST", `${shop.path}/runs/${runId}/rerun`, { body: { failed } });
  /** As `seatrial runs rerun` asks for it, before anything follows. */
  async function rerun(shop: PullRequestShop, runId: string, { failed }: { failed: boolean }): Promise<Run> {
    world.hub.clock.advance(1);
    const answer = await askFor(shop, runId, failed);
    expect(answer.status).toBe(201);
    return (await answer.json()) as Run;
  }
  const checksOf = async (pull: OpenedPull) =>
    (await asWorker<PullRequestReport>(world.hub, "GET", `${pull.id}/report`)).checks;
  const stateOf = async (shop: PullRequestShop, pull: OpenedPull) =>
    (await shop.show(pull)).commits.map(({ state }) => state);
  /** Opened, made, and red in the suite of this name. */
  async function failed(suite = "smoke", written = shopFile()) {
    const shop = await createPullRequestShop(world, { "seatrial.yaml": written });
    const pull = await shop.open();
    await shop.deploy();
    await testAll(shop, suite);
    return { shop, pull, first: await shop.runOf(pull) };
  }
  /** Ends what is to be tested, red in this suite. */
  async function testAll(shop: PullRequestShop, redSuite: string | null = null): Promise<string[]> {
    const { leases } = await shop.agent.claim({ slotsFree: 9 });
    await shop.agent.acknowledge(leases.map(({ leaseId }) => leaseId));
    for (const grant of leases) {
      await shop.agent.progress(grant.leaseId, "running");
      await shop.finish(grant, grant.work.suite === redSuite ? red : {});
    }
    await shop.operateAll();
    return leases.map(({ work }) => work.suite);
  }

  it("is the next attempt of its commit: the check goes back to work, and then tells what came of it", async () => {
    const { shop, pull, first } = await failed();
    expect(await stateOf(shop, pull)).toEqual(["failed"]);
    const second = await rerun(shop, first.id, { failed: true });
    expect(second).toMatchObject({ rerunOf: first.id, pullRequestId: pull.id });
    expect(await stateOf(shop, pull)).toEqual(["running"]);
    expect(await checksOf(pull)).toMatchObject([{ status: "in_progress", conclusion: null }]);
    await world.workflows.work();
    expect(await checksOf(pull)).toEqual([]);
    await shop.operateAll();
    await testAll(shop);
    expect((await shop.show(pull)).commits).toMatchObject([
      { state: "passed", reason: null, runs: [{ name: "checks", runId: second.id, state: "passed" }] },
    ]);
    expect(await shop.runs()).toHaveLength(2);
  });

  it("runs what was not green alone, and its commit is green only once all of that is", async () => {
    const { shop, pull, first } = await failed("slow", twoSuites);
    const second = await rerun(shop, first.id, { failed: true });
    await world.workflows.work();
    await shop.operateAll();
    expect(await testAll(shop, "slow")).toEqual(["slow"]);
    expect(await stateOf(shop, pull)).toEqual(["failed"]);
    await rerun(shop, second.id, { failed: true });
    await world.workflows.work();
    await shop.operateAll();
    expect(await testAll(shop)).toEqual(["slow"]);
    expect(await stateOf(shop, pull)).toEqual(["passed"]);
  });

  it("has no word on its commit where it is of an attempt before the last", async () => {
    const { shop, pull, first } = await failed();
    const second = await rerun(shop, first.id, { failed: true });
    await world.workflows.work();
    await shop.operateAll();
    await testAll(shop, "smoke");
    const apart = await rerun(shop, first.id, { failed: true });
    expect(await stateOf(shop, pull)).toEqual(["failed"]);
    await world.workflows.work();
    await shop.operateAll();
    await testAll(shop);
    expect(await shop.run(apart.id)).toMatchObject({ state: "passed" });
    expect((await shop.show(pull)).commits).toMatchObject([
      { state: "failed", runs: [{ runId: second.id }] },
    ]);
  });

  it("is one attempt, whoever asks for it at the same time", async () => {
    const { shop, pull, first } = await failed();
    world.hub.clock.advance(1);
    const answers = await Promise.all([askFor(shop, first.id, true), askFor(shop, first.id, true)]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    await world.workflows.work();
    await shop.operateAll();
    await testAll(shop);
    expect(await stateOf(shop, pull)).toEqual(["passed"]);
    expect((await shop.runs()).map(({ state }) => state).toSorted()).toEqual(["failed", "passed", "passed"]);
  });

  it("has no word on a commit after which another one came", async () => {
    const { shop, pull, first } = await failed();
    await pull.push({ "a.txt": "2" });
    await world.workflows.work();
    await shop.deploy("update");
    await testAll(shop);
    await rerun(shop, first.id, { failed: true });
    await world.workflows.work();
    expect(await stateOf(shop, pull)).toEqual(["passed", "failed"]);
    expect(await shop.runOf(pull)).toMatchObject({ rerunOf: null, state: "passed" });
  });

  it("of all of it takes a green verdict back when it is red", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    await shop.deploy();
    await testAll(shop);
    expect(await stateOf(shop, pull)).toEqual(["passed"]);
    await rerun(shop, (await shop.runOf(pull)).id, { failed: false });
    await world.workflows.work();
    await shop.operateAll();
    await testAll(shop, "smoke");
    expect(await stateOf(shop, pull)).toEqual(["failed"]);
  });

  it("does not draw its commit's verdict before the other runs are over, nor over theirs", async () => {
    const more = shopFile("  more:\n    when: {pull_request: true}\n    environment: preview\n");
    const shop = await createPullRequestShop(world, { "seatrial.yaml": more });
    const pull = await shop.open();
    await shop.deploy();
    const [one, other] = [await shop.take(), await shop.take()];
    await shop.finish(one, red);
    await shop.operateAll();
    const broken = (await shop.runs()).find(({ state }) => state === "failed");
    await rerun(shop, broken?.id ?? "", { failed: true });
    await world.workflows.work();
    await shop.operateAll();
    await testAll(shop);
    expect(await stateOf(shop, pull)).toEqual(["running"]);
    await shop.finish(other, red);
    await shop.operateAll();
    expect(await stateOf(shop, pull)).toEqual(["failed"]);
    const states = (await shop.show(pull)).commits[0]?.runs.map(({ state }) => state);
    expect(states?.toSorted()).toEqual(["failed", "passed"]);
  });

  it("has its environment brought again when it expired, or could not be made", async () => {
    const { shop, pull, first } = await failed();
    const { id } = await shop.environment(pull);
    world.hub.clock.advance(5 * 3_600);
    await world.workflows.lookAtEnvironment(id);
    await world.workflows.work();
    await shop.operateAll();
    const second = await rerun(shop, first.id, { failed: true });
    expect(second.environment?.id).not.toBe(id);
    await world.workflows.work();
    const failure = { code: "apply_refused", message: "no", file: null, line: null } as const;
    await shop.operate("up", { failure, proved: false });
    expect(await stateOf(shop, pull)).toEqual(["errored"]);
    await rerun(shop, second.id, { failed: true });
    await world.workflows.work();
    await shop.operateAll();
    await testAll(shop);
    expect(await stateOf(shop, pull)).toEqual(["passed"]);
    expect(await shop.environment(pull)).toMatchObject({ state: "ready" });
  });

  it("is refused with what to do where its environment was taken down, and where it is gone for good", async () => {
    const { shop, pull, first } = await failed();
    const down = `${shop.path}/pull-requests/${pull.id}/commands`;
    await world.hub.json("POST", down, { body: { kind: "down" } });
    expect(await problemOf(await askFor(shop, first.id, true))).toMatchObject({
      ...{ status: 409, code: "conflict" },
      detail: expect.stringContaining(`'seatrial pull-request up ${shop.repository.name}#${pull.number}'`),
    });
    await world.workflows.work();
    await shop.operateAll();
    await pull.close();
    await world.workflows.work();
    expect(await problemOf(await askFor(shop, first.id, true))).toMatchObject({
      code: "environment_gone",
      detail: expect.stringContaining("'seatrial pull-request rerun'"),
    });
    expect(await stateOf(shop, pull)).toEqual(["failed"]);
    expect(await shop.runs()).toHaveLength(1);
  });
});
