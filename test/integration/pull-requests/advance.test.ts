import { createApp } from "@seatrial/hub/app/create-app.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { problemOf } from "../../support/hub-fixtures.ts";
import {
  asWorker,
  type CommitWorld,
  createPullRequestShop,
  openCommitWorld,
  type PullRequestShop,
  shopFile,
} from "../../support/pull-request-shop.ts";
import { workerToken } from "../../support/test-hub.ts";

stopServerAfterTests();

const red = { exitCode: 1 };

describe.each(databases)("a pull request's newest commit on $name", (database) => {
  let world: CommitWorld;
  beforeAll(async () => {
    world = await openCommitWorld(database);
  });
  afterAll(() => world.close());

  /** What the agent is given now: it must be nothing while a run waits. */
  const leasesOf = async ({ agent }: PullRequestShop) => (await agent.claim({ slotsFree: 5 })).leases;

  it("gets its environment, its run and its verdict", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    expect(await shop.show(pull)).toMatchObject({
      commits: [{ sha: pull.headSha, state: "running", runs: [{ name: "checks", state: "queued" }] }],
      environments: [{ name: "preview", state: "requested" }],
    });
    await shop.deploy();
    await shop.test();
    const run = await shop.runOf(pull);
    expect(run).toMatchObject({
      state: "passed",
      pullRequestId: pull.id,
      change: { sha: pull.headSha, branch: "feature" },
      environment: { name: "preview", owned: false },
      createdBy: { kind: "integration", name: `${shop.repository.name}#${pull.number}` },
    });
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed", reason: null }]);
    expect(await shop.environment(pull)).toMatchObject({ state: "ready", pullRequestId: pull.id });
  });

  it("wins while an earlier one is tested, and the earlier run says so", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    const first = pull.headSha;
    await shop.deploy();
    const earlier = await shop.runOf(pull);
    const grant = await shop.take();
    const second = await pull.push({ "a.txt": "2" });
    await world.workflows.work();
    const why = `commit ${second.slice(0, 12)} came after it`;
    expect((await shop.show(pull)).commits).toMatchObject([
      { sha: second, state: "running" },
      { sha: first, state: "superseded", reason: why },
    ]);
    const told = await shop.agent.claim({ slotsFree: 0, running: [grant.leaseId] });
    expect(told.cancelled).toEqual([grant.leaseId]);
    const update = await shop.begin("update");
    // Green, but nobody knows by which of the two commits.
    await shop.finish(grant);
    expect(await shop.run(earlier.id)).toMatchObject({ state: "cancelled", reason: why });
    await shop.end(update);
    await shop.test();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed" }, { state: "superseded" }]);
    expect(await shop.environment(pull)).toMatchObject({
      ...{ generation: 2, appliedGeneration: 2, change: { sha: second } },
    });
  });

  it("is what stands when somebody starts the run of an earlier one again by hand: that run tests nothing", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    await shop.deploy();
    await shop.test();
    const earlier = await shop.runOf(pull);
    const second = await pull.push({ "a.txt": "2" });
    await world.workflows.work();
    await shop.deploy("update");
    const again = await world.hub.json<{ id: string }>("POST", `${shop.path}/runs/${earlier.id}/rerun`, {
      body: { failed: false },
    });
    await world.hub.json("POST", `/worker/v1/runs/${again.id}/plan`, { token: workerToken });
    expect(await shop.run(again.id)).toMatchObject({
      state: "errored",
      reason: `environment preview is for commit ${second.slice(0, 12)} by now, not for this one`,
    });
    await world.workflows.work();
    expect(await shop.agent.claim({ slotsFree: 9 })).toMatchObject({
      leases: [{ work: { suite: "smoke" } }],
    });
  });

  it("wins while an earlier one is applied, which is finished first, and never tests what that deployed", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    const up = await shop.begin("up");
    await pull.push({ "a.txt": "2" });
    await world.workflows.work();
    const third = await pull.push({ "a.txt": "3" });
    await world.workflows.work();
    const during = await shop.provisioner.claim({ slotsFree: 0, running: [up.leaseId] });
    expect(during.orders).toEqual([]);
    await shop.end(up);
    // Ready and proved, but as the first commit wanted it.
    expect(await shop.environment(pull)).toMatchObject({ generation: 3, appliedGeneration: 1 });
    expect(await leasesOf(shop)).toEqual([]);
    const update = await shop.begin("update");
    expect(update.work).toMatchObject({ generation: 3, change: { sha: third } });
    expect(await leasesOf(shop)).toEqual([]);
    await shop.end(update);
    await shop.test();
    expect((await shop.show(pull)).commits).toMatchObject([
      { sha: third, state: "passed" },
      { state: "superseded" },
      { state: "superseded" },
    ]);
    expect((await shop.runs()).map(({ state }) => state).toSorted()).toEqual([
      "cancelled",
      "cancelled",
      "passed",
    ]);
  });

  it("is tested again when the branch is set back to it", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    const first = pull.headSha;
    await shop.deploy();
    await shop.test();
    const second = await pull.push({ "a.txt": "2" });
    await world.workflows.work();
    pull.state.head.sha = first;
    pull.state.updatedAt = world.github.state.tick();
    await pull.tell("synchronize", "author", { before: second, after: first });
    await world.workflows.work();
    await shop.deploy("update");
    await shop.test();
    expect((await shop.show(pull)).commits).toMatchObject([
      { sha: first, state: "passed" },
      { sha: second, state: "superseded" },
    ]);
    expect(await shop.environment(pull)).toMatchObject({ change: { sha: first }, appliedGeneration: 3 });
  });

  it("has one environment for all its runs of that name, and the worst of their verdicts", async () => {
    const runs = `  more:\n    when: {pull_request: true}\n    environment: preview\n`;
    const shop = await createPullRequestShop(world, { "seatrial.yaml": shopFile(runs) });
    const pull = await shop.open();
    await shop.deploy();
    const [one, other] = [await shop.take(), await shop.take()];
    await shop.finish(one);
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "running" }]);
    await shop.finish(other, red);
    await shop.operate("prove");
    const { commits, environments } = await shop.show(pull);
    expect(environments).toHaveLength(1);
    expect(commits[0]).toMatchObject({
      state: "failed",
      reason: expect.stringMatching(/^(checks|more): failed/),
    });
    expect(commits[0]?.runs.map(({ state }) => state).toSorted()).toEqual(["failed", "passed"]);
    const pushed = await pull.push({ "a.txt": "2" });
    await world.workflows.work();
    expect(await shop.environment(pull)).toMatchObject({ generation: 2, change: { sha: pushed } });
  });

  it("passes although an optional suite is red", async () => {
    const written = shopFile("    optional: [slow]\n").replace(
      "environments:",
      '  slow:\n    image: busybox:1\n    command: ["false"]\nenvironments:',
    );
    const shop = await createPullRequestShop(world, { "seatrial.yaml": written });
    const pull = await shop.open();
    await shop.deploy();
    for (let shard = 0; shard < 2; shard += 1) {
      const grant = await shop.take();
      await shop.finish(grant, grant.work.suite === "slow" ? red : {});
    }
    await shop.operate("prove");
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed" }]);
  });

  it("is errored by file and line when its environment cannot be made, and the next one has another", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    const broken = await shop.environment(pull);
    const failure = {
      code: "apply_refused",
      message: "field 'prot' is not known",
      file: "app.yaml",
      line: 7,
    } as const;
    await shop.operate("up", { failure, proved: false });
    expect((await shop.show(pull)).commits).toMatchObject([
      {
        state: "errored",
        reason: expect.stringMatching(/^checks: environment preview failed.*'prot'.*\(app.yaml:7\)$/),
      },
    ]);
    world.hub.clock.advance(1);
    await pull.push({ "app.yaml": "kind: Secret" });
    await world.workflows.work();
    await shop.operateAll();
    await shop.test();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed" }, { state: "errored" }]);
    const next = await shop.environment(pull);
    expect(next.id).not.toBe(broken.id);
  });

  it("has another environment when it wants another cluster", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    await shop.deploy();
    await shop.test();
    const before = await shop.environment(pull);
    world.hub.clock.advance(1);
    const elsewhere = shopFile().replace(
      "    ttl: 2h",
      "    clusters: {labels: {region: west}}\n    ttl: 2h",
    );
    await pull.push({ "seatrial.yaml": elsewhere });
    await world.workflows.work();
    expect(await world.environments.show(shop.name, before.id)).toMatchObject({ wanted: "gone" });
    expect(await shop.environment(pull)).toMatchObject({ state: "requested", wanted: "present" });
  });

  it("takes away an environment that it does not know any more", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    await shop.deploy();
    await shop.test();
    const before = await shop.environment(pull);
    await pull.push({ "seatrial.yaml": shopFile().replaceAll("preview", "stage") });
    await world.workflows.work();
    expect(await world.environments.show(shop.name, before.id)).toMatchObject({ wanted: "gone" });
    expect(await shop.environment(pull, "stage")).toMatchObject({ state: "requested" });
  });

  it("is errored by the words of what its run was refused for", async () => {
    const each = shopFile("    clusters: {each: region}\n");
    const shop = await createPullRequestShop(world, { "seatrial.yaml": each });
    const pull = await shop.open();
    const { commits, environments } = await shop.show(pull);
    expect(commits).toMatchObject([
      { state: "errored", reason: expect.stringContaining("asks for a copy in each region") },
    ]);
    expect(commits[0]?.runs).toMatchObject([
      { runId: null, reason: expect.stringContaining("no cluster matches") },
    ]);
    expect(environments).toEqual([]);
  });

  it("is not begun twice, whoever advances it at the same time", async () => {
    const shop = await createPullRequestShop(world);
    const other = await world.hub.replica();
    const pull = await shop.repository.open({ by: "author", branch: "race", files: { "a.txt": "1" } });
    const query = `repository=${shop.repository.name}&number=${pull.number}`;
    const list = () =>
      world.hub.json<{ items: { id: string }[] }>("GET", `${shop.path}/pull-requests?${query}`);
    const id = (await list()).items[0]?.id ?? "";
    await world.look(id);
    await pull.push({ "a.txt": "2" });
    await fetchOnly(id);
    const path = `/worker/v1/pull-requests/${id}/advance`;
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        world.hub.json<{ changed: boolean }>("POST", path, {
          token: workerToken,
          ...(index % 2 === 0 ? {} : { app: other }),
        }),
      ),
    );
    // One may do what comes before the start and another one the start: nobody does the same again.
    expect(answers.some(({ changed }) => changed)).toBe(true);
    await world.workflows.work();
    expect((await shop.runs()).map(({ state }) => state).toSorted()).toEqual(["cancelled", "queued"]);
    expect(await asWorker(world.hub, "POST", `${id}/advance`)).toEqual({ changed: false });
  });

  it("begins nothing by half when an advance breaks off, and goes on from there", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    await shop.operate("up", {
      failure: { code: "apply_refused", message: "no", file: null, line: null },
      proved: false,
    });
    await pull.push({ "a.txt": "2" });
    await fetchOnly(pull.id);
    const before = await shop.show(pull);
    const { deps } = world.hub;
    const settings = {
      ...deps.settings,
      get stateKey(): never {
        throw new Error("the disk is gone");
      },
    };
    const breaking = createApp({ ...deps, settings });
    const path = `/worker/v1/pull-requests/${pull.id}/advance`;
    const broken = await world.hub.call("POST", path, { token: workerToken, app: breaking });
    expect(broken.status).toBe(500);
    const after = await shop.show(pull);
    expect(after.environments).toEqual(before.environments);
    expect(after.commits[0]?.runs).toMatchObject([{ runId: null, reason: null }]);
    expect(await asWorker(world.hub, "GET", pull.id)).toMatchObject({ advanceDue: true });
    await world.workflows.work();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "running" }, { state: "errored" }]);
  });

  it("leaves ended what was ended before when an advance breaks off at the start of a run", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.open();
    const earlier = await shop.runOf(pull);
    const second = await pull.push({ "seatrial.yaml": shopFile().replaceAll("preview", "stage") });
    await fetchOnly(pull.id);
    const { deps } = world.hub;
    const settings = {
      ...deps.settings,
      get stateKey(): never {
        throw new Error("the disk is gone");
      },
    };
    const app = createApp({ ...deps, settings });
    const path = `/worker/v1/pull-requests/${pull.id}/advance`;
    expect((await world.hub.call("POST", path, { token: workerToken, app })).status).toBe(500);
    const { commits, environments } = await shop.show(pull);
    expect(commits).toMatchObject([
      { sha: second, state: "running", runs: [{ name: "checks", runId: null, reason: null }] },
      { state: "superseded", endedAt: expect.any(String) },
    ]);
    expect(await shop.run(earlier.id)).toMatchObject({
      reason: `commit ${second.slice(0, 12)} came after it`,
    });
    expect(environments.map(({ name }) => name)).toEqual(["preview"]);
    expect(await shop.environment(pull)).toMatchObject({ wanted: "gone" });
    await world.workflows.work();
    expect(await shop.runOf(pull)).toMatchObject({ state: "queued", environment: { name: "stage" } });
  });

  /** Up to what the worker fetched, without an advance. */
  async function fetchOnly(id: string): Promise<void> {
    const { fetch } = await asWorker<{ fetch: string[] }>(world.hub, "GET", id);
    for (const sha of fetch) await world.fetchCommit(id, sha);
  }

  it("is the worker's alone, and known by its own pull request only", async () => {
    const shop = await createPullRequestShop(world);
    const [pull, other] = [await shop.open(), await shop.open({ branch: "other" })];
    const path = `/worker/v1/pull-requests/${pull.id}`;
    for (const token of [shop.runToken, (await shop.token(["read", "run", "manage"])).secret]) {
      const answer = await world.hub.call("POST", `${path}/advance`, { token });
      expect(await problemOf(answer)).toMatchObject({ status: 403, code: "forbidden" });
    }
    const foreign = `${path}/commits/${other.headSha}`;
    for (const part of ["source", "images"]) {
      const answer = await world.hub.call("GET", `${foreign}/${part}`, { token: workerToken });
      expect(await problemOf(answer)).toMatchObject({ status: 404, code: "not_found" });
    }
    const unknown = await world.hub.call("POST", "/worker/v1/pull-requests/pr-none/advance", {
      token: workerToken,
    });
    expect(await problemOf(unknown)).toMatchObject({ status: 404, code: "not_found" });
    const stranger = await world.hub.json<{ name: string }>("POST", "/v1/projects", {
      body: { name: "stranger" },
    });
    const elsewhere = await world.hub.call("GET", `/v1/projects/${stranger.name}/pull-requests/${pull.id}`);
    expect(await problemOf(elsewhere)).toMatchObject({ status: 404 });
  });
});
