import type { HubApp } from "@seatrial/hub/app/hub-deps.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import {
  type CommitWorld,
  createPullRequestShop,
  openCommitWorld,
  shopFile,
} from "../../support/pull-request-shop.ts";
import { workerToken } from "../../support/test-hub.ts";

stopServerAfterTests();

/** Two runs on one environment, so that each advance locks more than one run. */
const file = shopFile("  more:\n    when: {pull_request: true}\n    environment: preview\n");
const rounds = 6;

describe.each(databases)("pull requests that change while much else happens on $name", (database) => {
  let world: CommitWorld;
  let other: HubApp;
  beforeAll(async () => {
    world = await openCommitWorld(database);
    other = await world.hub.replica();
  });
  afterAll(() => world.close());

  it("end right: nobody waits for each other for ever, and what the newest commit wants stands", async () => {
    const { hub } = world;
    const shop = await createPullRequestShop(world, { "seatrial.yaml": file });
    const pulls = [await shop.open({ branch: "one" }), await shop.open({ branch: "two" })];
    const broken: string[] = [];
    const worker = async (path: string, app = hub.app) => {
      const answer = await hub.call("POST", `/worker/v1/${path}`, { token: workerToken, app });
      if (answer.status >= 500) broken.push(`${path}: ${answer.status} ${await answer.text()}`);
    };
    for (let round = 0; round < rounds; round += 1) {
      for (const pull of pulls) await pull.push({ "a.txt": `${round}` });
      for (const pull of pulls) await world.fetchCommit(pull.id, pull.headSha);
      const [{ leases: operations }, { leases: shards }] = await Promise.all([
        shop.provisioner.claim({ slotsFree: 2 }),
        shop.agent.claim({ slotsFree: 2 }),
      ]);
      if (operations.length > 0)
        await shop.provisioner.acknowledge(...operations.map(({ leaseId }) => leaseId));
      if (shards.length > 0) await shop.agent.acknowledge(shards.map(({ leaseId }) => leaseId));
      const runs = await shop.runs();
      await Promise.all([
        ...pulls.flatMap(({ id }) => [
          worker(`pull-requests/${id}/advance`),
          worker(`pull-requests/${id}/advance`, other),
        ]),
        ...runs.flatMap(({ id }) => [worker(`runs/${id}/plan`), worker(`runs/${id}/settle`, other)]),
        ...operations.map(({ leaseId }) => shop.provisioner.finish(leaseId)),
        ...shards.map(({ leaseId }) => shop.agent.finish(leaseId)),
        worker("tick"),
      ]);
      await world.workflows.work();
    }
    expect(broken).toEqual([]);
    for (let step = 0; step < 20; step += 1) {
      await shop.operateAll();
      const { leases } = await shop.agent.claim({ slotsFree: 10 });
      if (leases.length === 0) break;
      await shop.agent.acknowledge(leases.map(({ leaseId }) => leaseId));
      for (const { leaseId } of leases) await shop.agent.finish(leaseId);
      await world.workflows.work();
    }
    for (const pull of pulls) {
      const [newest, ...earlier] = (await shop.show(pull)).commits;
      expect(newest).toMatchObject({ sha: pull.headSha, state: "passed" });
      expect(new Set(earlier.map(({ state }) => state))).toEqual(new Set(["superseded"]));
      const environment = await shop.environment(pull);
      expect(environment).toMatchObject({ state: "ready", change: { sha: pull.headSha } });
      expect(environment.appliedGeneration).toBe(environment.generation);
    }
    // A verdict is only of the newest commit: what an earlier one asked for was cancelled, whatever its tests said.
    const heads = new Set(pulls.map(({ headSha }) => headSha));
    for (const { change, state } of await shop.runs())
      expect([change?.sha, state]).toEqual([
        change?.sha,
        heads.has(change?.sha ?? "") ? "passed" : "cancelled",
      ]);
  });
});
