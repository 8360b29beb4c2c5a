import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { stopServerAfterTests } from "../../support/databases.ts";
import { openPullRequestWorld, type PullRequestWorld } from "../../support/pull-request-world.ts";
import type { TestAgent } from "../../support/test-agent.ts";

stopServerAfterTests();

const configuration = `
version: 1
suites:
  smoke: {image: "busybox:1", command: [sh, check.sh]}
runs:
  checks: {when: {pull_request: {}}, suites: [smoke]}
`;
/** Of the hub's settings, with a margin. */
const sweepSeconds = 301;

let world: PullRequestWorld;
let agent: TestAgent;
beforeAll(async () => {
  world = await openPullRequestWorld({ "seatrial.yaml": configuration, "check.sh": "true\n" });
  world.shop.permit("maintainer", "write");
  agent = await world.leases.agent("east");
  world.startWorker();
  // The first sweep takes what is there; comments are commands from then on.
  await untilRepository(({ sweptAt }) => sweptAt !== null);
});
afterAll(() => world?.close());
afterEach(() => {
  world.github.deliverAgain();
  world.github.heal();
  expect(world.github.violations).toEqual([]);
});

const state = ({ commits }: PullRequest) => commits[0]?.state;

async function repository() {
  const path = `/v1/projects/${world.project}/repositories`;
  const { items } = await world.hub.json<{ items: { sweptAt: string | null; problem: string | null }[] }>(
    "GET",
    path,
  );
  return items[0];
}

type Shown = NonNullable<Awaited<ReturnType<typeof repository>>>;

async function untilRepository(check: (shown: Shown) => boolean): Promise<void> {
  const isSo = await waitUntil(async () => check((await repository()) ?? noRepository()), 120, 200);
  expect(isSo, JSON.stringify(await repository())).toBe(true);
}

function noRepository(): never {
  throw new Error("the repository is not connected");
}

/** Time goes on until a sweep is overdue: the worker is told of that by a tick. Ends with the sweep. */
async function sweep(): Promise<void> {
  world.hub.clock.advance(2 * sweepSeconds);
  world.github.pass(2 * sweepSeconds);
  const now = world.hub.clock.now().toISOString();
  await untilRepository(({ sweptAt }) => sweptAt === now);
}

async function doShard(): Promise<void> {
  let lease: string | undefined;
  const isThere = await waitUntil(async () => {
    lease = (await agent.claim()).leases[0]?.leaseId;
    return lease !== undefined;
  }, 120);
  expect(isThere).toBe(true);
  await agent.acknowledge([lease ?? ""]);
  await agent.progress(lease ?? "", "running");
  expect((await agent.finish(lease ?? "")).status).toBe(200);
}

test("what GitHub never told is found by the next sweep: a pull request, a push, a comment, a close", async () => {
  const { github, shop } = world;
  github.lose();
  const pull = await shop.open({ by: "author", branch: "change", files: { "a.txt": "1" } });
  expect(await world.pullRequest(pull.number)).toBeNull();
  await sweep();
  await world.until(pull.number, (each) => state(each) === "running");
  const second = await pull.push({ "a.txt": "2" });
  await sweep();
  await world.until(
    pull.number,
    ({ commits }) => commits[0]?.sha === second && commits[0].state === "running",
  );
  await doShard();
  await world.until(pull.number, (each) => state(each) === "passed");
  await pull.comment("/seatrial rerun", "stranger");
  await pull.comment("/seatrial extend 4h", "maintainer");
  await sweep();
  const { commands } = await world.until(pull.number, (each) => each.commands.length === 2);
  expect(commands.map(({ kind, by }) => `${kind} ${by}`).sort()).toEqual([
    expect.stringContaining("extend"),
    expect.stringContaining("rerun"),
  ]);
  // The next sweep sees the same comments and does nothing again.
  await pull.close();
  await sweep();
  const closed = await world.until(pull.number, (each) => each.state === "closed");
  expect(closed.commands).toHaveLength(2);
});

test("a repository says why GitHub cannot be asked, and is well again by itself", async () => {
  const { github } = world;
  github.fail({ kind: "status", status: 503 });
  world.hub.clock.advance(2 * sweepSeconds);
  await untilRepository(({ problem }) => problem?.includes("503") === true);
  github.heal();
  await untilRepository(({ problem }) => problem === null);
});

test("tokens that GitHub has taken back are made anew", async () => {
  const { github, shop } = world;
  github.expireTokens();
  const pull = await shop.open({ by: "author", branch: "tokens", files: { "a.txt": "1" } });
  await world.until(pull.number, (each) => state(each) === "running");
  await doShard();
  await world.until(pull.number, (each) => state(each) === "passed");
  expect(
    await waitUntil(async () => pull.checks().some(({ conclusion }) => conclusion === "success"), 120, 200),
  ).toBe(true);
});
