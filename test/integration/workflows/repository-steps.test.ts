import { silentLogger } from "@seatrial/contracts/logger.ts";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import type { StepDeps } from "@seatrial/workflows/activities/step-deps.ts";
import { createGitHub, type GitHub as GitHubClient } from "@seatrial/workflows/github/create-github.ts";
import { ForgeError } from "@seatrial/workflows/github/forge-error.ts";
import { createWorkerHub } from "@seatrial/workflows/hub/worker-hub.ts";
import { createCourtesy } from "@seatrial/workflows/pull-request/courtesy.ts";
import { fetchCommit } from "@seatrial/workflows/pull-request/fetch-commit.ts";
import { judgeCommand } from "@seatrial/workflows/pull-request/judge-command.ts";
import { createRefusals } from "@seatrial/workflows/pull-request/refusals.ts";
import { sweepRepository } from "@seatrial/workflows/repository/sweep-repository.ts";
import { startTestingHub, type TestingHub } from "@seatrial/workflows/testing-hub.ts";
import { testingPullRequest } from "@seatrial/workflows/testing-pull-requests.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PullHandle } from "../../support/github/pull-handle.ts";
import type { RepositoryHandle } from "../../support/github/repository-handle.ts";
import { type GitHub, startGitHub } from "../../support/github/start-github.ts";

/** Steps against the fake GitHub, one at a time and without Temporal. */
let hub: TestingHub;
let github: GitHub;
let client: GitHubClient;
let shop: RepositoryHandle;
let pull: PullHandle;
let deps: StepDeps;

beforeEach(async () => {
  hub = await startTestingHub();
  github = await startGitHub();
  shop = github.repository("acme/shop", { files: { "seatrial.yaml": "version: 1\n", "a.txt": "one\n" } });
  pull = await shop.open({ by: "author", branch: "feature", files: { "a.txt": "two\n" } });
  client = createGitHub(
    { apiUrl: github.url, appId: github.app.id, privateKey: github.app.privateKeyPem },
    { clock: systemClock },
  );
  const { signal } = new AbortController();
  deps = {
    hub: createWorkerHub({ hubUrl: hub.url, token: "t", fetch }),
    registry: { findDigest: async () => ({ digest: null, problem: null }), close: async () => undefined },
    ...{ github: client, clock: systemClock, logger: silentLogger, signal },
    ...{ courtesy: createCourtesy(systemClock), refusals: createRefusals(systemClock) },
    withRepository: (place, work) => client.withRepository(place, signal, work),
  };
});
afterEach(async () => {
  await client.close();
  await hub.close();
  expect(github.violations).toEqual([]);
  await github.close();
});

const placeOf = (forgeId: number) => ({
  ...{ repositoryId: "rp-1", name: "acme/shop", installationId: shop.state.installationId, forgeId },
});

/** A repository that is to be swept. */
function repository({ forgeId = shop.state.id, open = [] as number[], since = null as string | null } = {}) {
  const made = {
    facts: { id: "rp-1", isConnected: true, sweepInSeconds: 0 },
    duty: { repository: placeOf(forgeId), open, commentsSince: since },
    seen: [] as Record<string, unknown>[],
  };
  hub.state.repositories.set("rp-1", made);
  return made;
}

test("a repository that took the name of the connected one is not swept, fetched from, or asked who may what", async () => {
  const moved = shop.state.id + 1;
  const { seen } = repository({ forgeId: moved });
  const command = { number: pull.number, login: "acme", commentId: null, problem: null };
  const fields = { place: placeOf(moved), commands: { "c-1": command } };
  const made = testingPullRequest("pr-1", { fetch: [pull.headSha], commands: ["c-1"] }, fields);
  hub.state.pullRequests.set("pr-1", made);
  const another = { kind: "denied", message: expect.stringContaining("another repository") };
  await expect(sweepRepository(deps, "rp-1")).rejects.toMatchObject(another);
  await expect(fetchCommit(deps, "pr-1", pull.headSha)).rejects.toMatchObject(another);
  await expect(judgeCommand(deps, "pr-1", "c-1")).rejects.toMatchObject(another);
  expect([seen, made.told]).toEqual([[], []]);
  made.place = placeOf(shop.state.id);
  await fetchCommit(deps, "pr-1", pull.headSha);
  await judgeCommand(deps, "pr-1", "c-1");
  expect(made.told.map(({ what }) => what)).toEqual(["content", "source", "judge"]);
});

test("a sweep tells the forge's own number of the repository", async () => {
  const { seen } = repository();
  await sweepRepository(deps, "rp-1");
  expect(seen).toMatchObject([{ forgeId: shop.state.id, pullRequests: [{ number: pull.number }] }]);
});

test("a sweep of more pull requests than it can tell tells those first that are over", async () => {
  const over = await shop.open({ by: "author", branch: "old", files: { "b.txt": "x\n" } });
  await over.close();
  for (let number = 10; number < 1_010; number += 1)
    shop.state.pulls.set(number, { ...pull.state, id: 10_000 + number, number });
  const { seen } = repository({ open: [pull.number, over.number] });
  await sweepRepository(deps, "rp-1");
  const told = seen[0]?.pullRequests as { number: number; state: string }[];
  expect(told).toHaveLength(1_000);
  expect(told[0]).toMatchObject({ number: over.number, state: "closed" });
});

test("a command that comes after a thousand other comments is told", async () => {
  const since = pull.state.createdAt.toISOString();
  await pull.comment("nothing to do", "acme");
  const [first] = shop.state.comments;
  if (first === undefined) throw new Error("there is no comment");
  for (let id = 50_000; id < 51_100; id += 1) shop.state.comments.push({ ...first, id });
  const commentId = await pull.comment("/seatrial up", "acme");
  const { seen } = repository({ since });
  await sweepRepository(deps, "rp-1");
  expect(seen).toMatchObject([{ comments: [{ commentId, body: "/seatrial up" }] }]);
});

test("a sweep that went well leaves standing what the forge still denies", async () => {
  const { seen } = repository();
  deps.refusals.note(
    "rp-1",
    "pr-1/check",
    new ForgeError("denied", "Resource not accessible by integration"),
  );
  await sweepRepository(deps, "rp-1");
  expect(seen.map(({ problem }) => problem)).toEqual([null, "Resource not accessible by integration"]);
});
