import { silentLogger } from "@seatrial/contracts/logger.ts";
import type { CheckReport } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import type { WorkerOptions } from "@seatrial/workflows/create-worker.ts";
import { connectTemporal } from "@seatrial/workflows/temporal/connect-temporal.ts";
import { createDataConverter } from "@seatrial/workflows/temporal/data-converter.ts";
import { problem, startTestingHub, type TestingHub } from "@seatrial/workflows/testing-hub.ts";
import { type TestingPullRequest, testingPullRequest } from "@seatrial/workflows/testing-pull-requests.ts";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { PullHandle } from "../../support/github/pull-handle.ts";
import type { RepositoryHandle } from "../../support/github/repository-handle.ts";
import { type GitHub, startGitHub } from "../../support/github/start-github.ts";
import { openTemporal, type TestTemporal } from "../../support/temporal-server.ts";
import { startTestWorker, testPayloadKey } from "../../support/test-worker.ts";
import { killNow, startWorkerProcess } from "../../support/worker-process.ts";

let temporal: TestTemporal;
let hub: TestingHub;
let github: GitHub;
let shop: RepositoryHandle;
let pull: PullHandle;
const cleanups: (() => Promise<void>)[] = [];
let tests = 0;
let id = "";

beforeAll(async () => {
  temporal = await openTemporal({ dynamicValues: { "limit.historyCount.suggestContinueAsNew": 60 } });
});
afterAll(() => temporal.stop());
beforeEach(async () => {
  tests += 1;
  id = `pr-${process.pid}-${tests}`;
  hub = await startTestingHub();
  github = await startGitHub();
  shop = github.repository("acme/shop", { files: { "seatrial.yaml": "version: 1\n", "a.txt": "one\n" } });
  pull = await shop.open({ by: "author", branch: "feature", files: { "a.txt": "two\n" } });
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  await hub.close();
  expect(github.violations).toEqual([]);
  await github.close();
});

const forge = () => ({
  apiUrl: github.url,
  appId: github.app.id,
  privateKey: github.app.privateKeyPem,
});
async function startWorker(options: Partial<WorkerOptions> = {}) {
  const worker = await startTestWorker(temporal, hub, { github: forge(), ...options });
  cleanups.push(worker.stop);
}

function put(...given: Parameters<typeof testingPullRequest> extends [string, ...infer Rest] ? Rest : never) {
  const made = testingPullRequest(id, ...given);
  hub.state.pullRequests.set(id, made);
  hub.tellOf("pull_request.changed", id);
  return made;
}
const told = (made: TestingPullRequest, what: string) => made.told.filter((each) => each.what === what);
const reads = () => hub.reads(`/worker/v1/pull-requests/${id}`);

async function connect() {
  const converter = createDataConverter([testPayloadKey]);
  const link = await connectTemporal(temporal.place("unused"), converter, silentLogger);
  cleanups.push(() => link.connection.close());
  return link.client;
}

function check(changed: Partial<CheckReport> = {}): CheckReport {
  return {
    sha: pull.headSha,
    ...{ checkRunId: null, externalId: `${id}/1`, name: "seatrial", status: "completed" },
    ...{ conclusion: "failure", title: "1 failed", summary: "one", text: null, annotations: [] },
    ...{ startedAt: "2026-03-02T01:00:00.000Z", completedAt: "2026-03-02T01:01:00.000Z" },
    digest: "verdict",
    ...changed,
  };
}
const report = (changed: Partial<CheckReport> = {}): TestingPullRequest["report"] => ({
  number: pull.number,
  checks: [check(changed)],
  comment: { commentId: null, marker: "<!-- it -->", body: "<!-- it -->\nred", digest: "c" },
  deployments: [],
});

test("each due step is done: a command judged, a commit fetched, advanced, reported", async () => {
  shop.permit("keeper", "write");
  const commentId = await pull.comment("/seatrial rerun", "keeper");
  const command = { number: pull.number, login: "keeper", commentId, problem: null };
  const sha = pull.headSha;
  await startWorker();
  const made = put(
    { commands: ["c-1"], fetch: [sha], advanceDue: true, reportDue: true },
    { commands: { "c-1": command }, report: report() },
  );
  await hub.until(() => told(made, "source").length === 1 && !made.facts.reportDue);
  await hub.until(() => made.facts.commands.length === 0);
  expect(told(made, "judge").map(({ body }) => body)).toEqual([{ permission: "write" }]);
  expect(told(made, "advance").length).toBeGreaterThanOrEqual(1);
  expect(told(made, "source")[0]?.body).toMatchObject({
    configuration: "version: 1\n",
    changedFiles: [{ path: "a.txt", line: 1 }],
    contentSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    problem: null,
  });
  expect(hub.calls.filter(({ method }) => method === "PUT").length).toBe(1);
  expect(pull.checks().map(({ conclusion }) => conclusion)).toEqual(["failure"]);
  expect(pull.comments.at(-1)?.body).toBe("<!-- it -->\nred");
});

test("what cannot be told for long holds up nothing: the rest is done meanwhile, and the check comes once", async () => {
  github.fail({ kind: "unreachable" });
  await startWorker();
  const made = put({ reportDue: true, advanceDue: true }, { report: report() });
  for (let time = 1; time <= 3; time += 1) {
    await hub.until(() => told(made, "advance").length === time);
    const asked = hub.reads(`/worker/v1/pull-requests/${id}/report`);
    await hub.until(() => hub.reads(`/worker/v1/pull-requests/${id}/report`) > asked);
    made.facts.advanceDue = true;
    hub.tellOf("pull_request.changed", id);
  }
  await hub.until(() => told(made, "advance").length === 4);
  expect(told(made, "reported")).toEqual([]);
  github.heal();
  await hub.until(() => !made.facts.reportDue);
  expect(pull.checks().length).toBe(1);
});

test("a forge that asks for patience is not asked again before, whatever happens", async () => {
  github.fail({ kind: "primary", resetAfterSeconds: 2_400 });
  await startWorker();
  const made = put({ reportDue: true }, { report: report() });
  const asked = () => hub.reads(`/worker/v1/pull-requests/${id}/report`);
  await hub.until(() => asked() === 1);
  for (let time = 1; time <= 5; time += 1) {
    const before = told(made, "advance").length;
    made.facts.advanceDue = true;
    hub.tellOf("pull_request.changed", id);
    await hub.until(() => told(made, "advance").length > before);
  }
  expect(asked()).toBe(1);
  github.heal();
});

test("a worker killed between verdict and check: the check comes once", async () => {
  const start = () =>
    startWorkerProcess({
      ...{ hubUrl: hub.url, temporalAddress: temporal.address, taskQueue: `killed-${id}` },
      environment: {
        SEATRIAL_GITHUB_API_URL: github.url,
        SEATRIAL_GITHUB_APP_ID: String(github.app.id),
        SEATRIAL_GITHUB_PRIVATE_KEY: github.app.privateKeyPem,
      },
    });
  let worker = start();
  cleanups.push(() => killNow(worker));
  const arrived = Promise.withResolvers<void>();
  const never = Promise.withResolvers<never>();
  // The check is made, and before the hub hears of it the worker is gone.
  hub.answerWith(async ({ path }) => {
    if (!path.endsWith("/reported") || shop.checks().length === 0) return null;
    arrived.resolve();
    return never.promise;
  });
  const made = put({ reportDue: true }, { report: report() });
  await arrived.promise;
  await killNow(worker);
  hub.answerWith(async () => null);
  worker = start();
  await hub.until(() => !made.facts.reportDue);
  expect(pull.checks().map(({ status }) => status)).toEqual(["completed"]);
  expect(pull.comments.length).toBe(1);
});

test("a commit's images are asked for until they are there, one that never comes as a problem in words", async () => {
  await startWorker({ registry: { credentials: new Map(), plainHttpHosts: [], privateHosts: [] } });
  const made = put({ images: [pull.headSha] }, { images: ["127.0.0.1:1/acme/shop:1"] });
  await hub.until(() => told(made, "images").length === 1);
  expect(told(made, "images")[0]?.body).toEqual({
    images: [
      {
        image: "127.0.0.1:1/acme/shop:1",
        digest: null,
        problem: expect.stringContaining("not a public address"),
      },
    ],
  });
});

test("a content that the hub refuses for good is the commit's problem, and is not fetched again", async () => {
  hub.answerWith(async ({ path }) => (path.includes("/content/") ? problem(422, "content_unsafe") : null));
  await startWorker();
  const made = put({ fetch: [pull.headSha] });
  await hub.until(() => told(made, "source").length === 1);
  expect(told(made, "source")[0]?.body).toMatchObject({
    contentSha256: null,
    problem: expect.stringContaining("the hub says content_unsafe"),
  });
  expect(hub.calls.filter(({ method }) => method === "PUT").length).toBe(1);
});

test("a long life goes on as new executions, and a limit's patience with it", async () => {
  github.fail({ kind: "secondary", retryAfterSeconds: 3_000 });
  await startWorker();
  const made = put({ reportDue: true }, { report: report() });
  const client = await connect();
  // As many changes as it takes.
  for (let isContinued = false; !isContinued; ) {
    made.facts.advanceDue = true;
    hub.tellOf("pull_request.changed", id);
    await hub.until(() => !made.facts.advanceDue);
    const { raw, runId } = await client.workflow.getHandle(`pull-request/${id}`).describe();
    isContinued = runId !== raw.workflowExecutionInfo?.firstRunId;
  }
  // Steps that begin later are done: one that was begun at once would have asked by now.
  for (let time = 1; time <= 3; time += 1) {
    made.facts.images = [String(time).repeat(40)];
    hub.tellOf("pull_request.changed", id);
    await hub.until(() => told(made, "images").length === time);
  }
  expect(hub.reads(`/worker/v1/pull-requests/${id}/report`)).toBe(1);
  made.facts.isOver = true;
  made.facts.reportDue = false;
  const before = reads();
  hub.tellOf("pull_request.changed", id);
  await hub.until(() => reads() > before);
  github.heal();
});

test("a worker without an App waits, and says so at the repository", async () => {
  hub.state.repositories.set("rp-1", {
    facts: { id: "rp-1", isConnected: true, sweepInSeconds: 300 },
    duty: {
      repository: { repositoryId: "rp-1", name: "acme/shop", installationId: null },
      open: [],
      commentsSince: null,
    },
    seen: [],
  });
  await startWorker({ github: null });
  const made = put({ fetch: [pull.headSha], advanceDue: true });
  await hub.until(() => (hub.state.repositories.get("rp-1")?.seen.length ?? 0) > 0);
  const [seen] = hub.state.repositories.get("rp-1")?.seen ?? [];
  expect(seen?.problem).toMatch(/SEATRIAL_GITHUB_APP_ID/);
  expect(told(made, "source")).toEqual([]);
});

test("what the App may not is not asked for again at each news", async () => {
  const repository = { repositoryId: "rp-1", name: "acme/shop", installationId: null };
  hub.state.repositories.set("rp-1", {
    facts: { id: "rp-1", isConnected: true, sweepInSeconds: 300 },
    duty: { repository, open: [], commentsSince: null },
    seen: [],
  });
  shop.state.installationId = null;
  await startWorker();
  const made = put({ reportDue: true }, { report: report() });
  const asked = () => github.journal.filter(({ path }) => path.endsWith("/installation")).length;
  // News let the report be looked at again: by the third time the second one is over.
  while (hub.reads(`/worker/v1/pull-requests/${id}/report`) < 3) {
    const before = told(made, "advance").length;
    made.facts.advanceDue = true;
    hub.tellOf("pull_request.changed", id);
    await hub.until(() => told(made, "advance").length > before);
  }
  // The check and the comment, once each.
  expect(asked()).toBe(2);
});

test("a repository where the App is not installed is swept as soon as it is", async () => {
  const { installationId } = shop.state;
  shop.state.installationId = null;
  const repositoryId = `rp-${id}`;
  const repository = { repositoryId, name: "acme/shop", installationId: null };
  const made = {
    facts: { id: repositoryId, isConnected: true, sweepInSeconds: 0 },
    duty: { repository, open: [], commentsSince: null },
    seen: [] as Record<string, unknown>[],
  };
  hub.state.repositories.set(repositoryId, made);
  await startWorker();
  hub.tellOf("repository.changed", repositoryId);
  await hub.until(() => made.seen.length === 1);
  expect(made.seen[0]?.problem).toContain("not installed on acme/shop");
  shop.state.installationId = installationId;
  const reads = () => hub.reads(`/worker/v1/repositories/${repositoryId}`);
  while (made.seen.every(({ problem }) => problem !== null)) {
    const before = reads();
    hub.tellOf("repository.changed", repositoryId);
    await hub.until(() => reads() > before);
  }
  expect(made.seen.at(-1)).toMatchObject({ problem: null, pullRequests: [{ number: pull.number }] });
});

test("a sweep hands on what the forge has, what it has no more, and comments since the last", async () => {
  const closed = await shop.open({ by: "author", branch: "old", files: { "b.txt": "x\n" } });
  await closed.close();
  const commentsSince = pull.state.createdAt.toISOString();
  await pull.comment("/seatrial up", "acme");
  const repositoryId = `rp-${id}`;
  const repository = { repositoryId, name: "acme/shop", installationId: null };
  const made = {
    facts: { id: repositoryId, isConnected: true, sweepInSeconds: 0 },
    duty: { repository, open: [pull.number, closed.number], commentsSince },
    seen: [] as Record<string, unknown>[],
  };
  hub.state.repositories.set(repositoryId, made);
  // The first answer is lost: it comes again.
  let losses = 0;
  hub.answerWith(async ({ path }) => {
    if (!path.endsWith("/seen") || losses > 0) return null;
    losses += 1;
    return problem(500, "internal");
  });
  await startWorker();
  hub.tellOf("repository.changed", repositoryId);
  await hub.until(() => made.seen.length === 1);
  expect(made.seen[0]).toMatchObject({
    problem: null,
    forgeId: shop.state.id,
    installationId: shop.state.installationId,
    pullRequests: [
      { number: closed.number, state: "closed" },
      { number: pull.number, state: "open" },
    ],
    comments: [{ number: pull.number, login: "acme", body: "/seatrial up" }],
  });
  made.facts.isConnected = false;
  hub.tellOf("repository.changed", repositoryId);
  const before = hub.reads(`/worker/v1/repositories/${repositoryId}`);
  await hub.until(() => hub.reads(`/worker/v1/repositories/${repositoryId}`) > before);
});
