import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stopServerAfterTests } from "../support/databases.ts";
import { openPullRequestWorld, type PullRequestWorld } from "../support/pull-request-world.ts";
import type { TestAgent } from "../support/test-agent.ts";

stopServerAfterTests();

const configuration = `
version: 1
suites:
  smoke: {image: "busybox:1", command: [sh, check.sh]}
runs:
  checks: {when: {pull_request: {}}, suites: [smoke]}
`;

let world: PullRequestWorld;
let agent: TestAgent;
beforeEach(async () => {
  world = await openPullRequestWorld({ "seatrial.yaml": configuration, "check.sh": "true\n" });
  agent = await world.leases.agent("east");
  world.startWorker();
});
afterEach(async () => {
  await world.close();
});

const verdict = ({ commits }: PullRequest) => commits[0]?.state;

/** Does the shard that waits for a cluster, with this end. */
async function doShard(exitCode: number): Promise<void> {
  let lease: string | undefined;
  await waitUntil(async () => {
    lease = (await agent.claim()).leases[0]?.leaseId;
    return lease !== undefined;
  }, 120);
  if (lease === undefined) throw new Error("there is nothing to do for a cluster");
  await agent.acknowledge([lease]);
  await agent.progress(lease, "running");
  expect((await agent.finish(lease, { exitCode })).status).toBe(200);
}

/** The worker is away in the middle of what it did for GitHub; another one finds its outbox entries after a while. */
async function replaceWorker(): Promise<void> {
  await world.killWorker();
  world.hub.clock.advance(60);
  world.startWorker();
}

test("a worker killed between verdict and check: the next one tells GitHub, once", async () => {
  const { github, shop } = world;
  const pull = await shop.open({ by: "author", branch: "change", files: { "a.txt": "1" } });
  await world.until(pull.number, (each) => verdict(each) === "running");
  expect(await waitUntil(async () => pull.checks().length === 1, 60)).toBe(true);

  github.fail({ kind: "unreachable" });
  await doShard(0);
  await world.until(pull.number, (each) => verdict(each) === "passed");
  await world.killWorker();
  expect(pull.checks()).toMatchObject([{ conclusion: null }]);
  github.heal();
  await replaceWorker();
  expect(
    await waitUntil(async () => pull.checks().some(({ conclusion }) => conclusion === "success"), 180),
  ).toBe(true);
  expect(pull.checks()).toHaveLength(1);
  expect(verdict(await world.until(pull.number, () => true))).toBe("passed");
  expect(github.violations).toEqual([]);
});

test("a worker killed before it heard that GitHub has taken the verdict: one check, one comment", async () => {
  const { github, shop } = world;
  const { promise: healed, resolve: heal } = Promise.withResolvers<void>();
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const pull = await shop.open({ by: "author", branch: "change", files: { "a.txt": "1" } });
  await world.until(pull.number, (each) => verdict(each) === "running");
  github.fail({
    ...{ kind: "slow", until: healed },
    only({ method, path }) {
      const isVerdict = method === "PATCH" && path.includes("/check-runs/");
      if (isVerdict) ask();
      return isVerdict;
    },
  });
  await doShard(1);
  await world.until(pull.number, (each) => verdict(each) === "failed");
  await asked;
  await world.killWorker();
  // GitHub does what the dead one had asked for, and the new one asks for the same.
  heal();
  github.heal();
  await replaceWorker();
  const isTold = async () =>
    pull.checks().some(({ conclusion }) => conclusion === "failure") &&
    pull.comments.filter(({ by }) => by === github.botLogin).length > 0;
  expect(await waitUntil(isTold, 180)).toBe(true);
  expect(pull.checks()).toHaveLength(1);
  expect(pull.comments).toHaveLength(1);
  expect(github.violations).toEqual([]);
});
