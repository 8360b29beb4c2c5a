import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { PullRequestFacts, SourceDuty } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { archiveOf, problemOf, sha256Of } from "../../support/hub-fixtures.ts";
import {
  asWorker,
  type CommitWorld,
  createPullRequestShop,
  type OpenedPull,
  openCommitWorld,
  type PullRequestShop,
  shopFile,
} from "../../support/pull-request-shop.ts";
import { workerToken } from "../../support/test-hub.ts";

stopServerAfterTests();

/** Runs of suites without an environment, by name and what starts them. */
const runsFile = (runs: Record<string, string>) => `version: 1
suites:
  smoke:
    image: busybox:1
    command: ["true"]
runs:
${Object.entries(runs)
  .map(([name, when]) => `  ${name}:\n    when: ${when}\n`)
  .join("")}`;

describe.each(databases)("the runs of a pull request on $name", (database) => {
  let world: CommitWorld;
  beforeAll(async () => {
    world = await openCommitWorld(database);
  });
  afterAll(() => world.close());

  const shopOf = (runs: Record<string, string>) =>
    createPullRequestShop(world, { "seatrial.yaml": runsFile(runs) });
  async function chosen(shop: PullRequestShop, pull: OpenedPull): Promise<string[]> {
    const [commit] = (await shop.show(pull)).commits;
    return (commit?.runs ?? []).map(({ name }) => name).toSorted();
  }

  it("are those whose paths, branches and labels fit", async () => {
    const shop = await shopOf({
      docs: '{pull_request: {paths: ["docs/**"]}}',
      code: '{pull_request: {paths: ["src/**", "*.txt"]}}',
      release: '{pull_request: {branches: ["release-*"]}}',
      labelled: "{pull_request: {labels: [slow, Performance]}}",
      nightly: '{schedule: "0 2 * * *"}',
    });
    const plain = await shop.open({ files: { "a.txt": "1" } });
    expect(await chosen(shop, plain)).toEqual(["code"]);
    const labelled = await shop.open({
      ...{ branch: "two", files: { "docs/guide/one.md": "1" }, labels: ["performance"] },
    });
    expect(await chosen(shop, labelled)).toEqual(["docs", "labelled"]);
    shop.repository.push({}, "release-1");
    const release = await shop.open({ branch: "three", base: "release-1", files: { "b.bin": "1" } });
    expect(await chosen(shop, release)).toEqual(["release"]);
  });

  it("leave a draft alone until it is ready, unless they say otherwise", async () => {
    const shop = await shopOf({ usual: "{pull_request: true}" });
    const pull = await shop.open({ draft: true });
    expect((await shop.show(pull)).commits).toMatchObject([
      { state: "ignored", runs: [], reason: expect.stringContaining("draft") },
    ]);
    await pull.ready();
    await world.workflows.work();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "running", endedAt: null }]);
    expect(await chosen(shop, pull)).toEqual(["usual"]);
    const eager = await shopOf({ usual: "{pull_request: true}", early: "{pull_request: {drafts: true}}" });
    expect(await chosen(eager, await eager.open({ draft: true }))).toEqual(["early"]);
  });

  it("grow by a label that is put on later, and the verdict waits for them", async () => {
    const shop = await shopOf({ usual: "{pull_request: true}", slow: "{pull_request: {labels: [slow]}}" });
    const pull = await shop.open();
    await shop.test();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed" }]);
    await pull.label("Slow");
    await world.workflows.work();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "running" }]);
    expect(await chosen(shop, pull)).toEqual(["slow", "usual"]);
    await shop.test();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed" }]);
    expect(await shop.runs()).toHaveLength(2);
  });

  it("are those of the files that change against another base, which begins the commit anew while it is tested", async () => {
    const shop = await shopOf({
      usual: "{pull_request: true}",
      main: "{pull_request: {branches: [main]}}",
      deploy: '{pull_request: {paths: ["deploy/**"]}}',
    });
    shop.repository.push({}, "legacy");
    shop.repository.push({ "deploy/app.yaml": "1" });
    const pull = await shop.open();
    expect(await chosen(shop, pull)).toEqual(["main", "usual"]);
    const before = await shop.runs();
    const grant = await shop.take();
    await pull.retarget("legacy");
    await world.workflows.work();
    expect(await chosen(shop, pull)).toEqual(["deploy", "usual"]);
    // Green, but of the files of another base.
    await shop.finish(grant);
    for (const { id } of before)
      expect(await shop.run(id)).toMatchObject({
        ...{ state: "cancelled", reason: `commit ${pull.headSha.slice(0, 12)} is begun anew` },
      });
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "running" }]);
    await shop.test();
    await shop.test({ exitCode: 1 });
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "failed" }]);
    expect(await shop.runs()).toHaveLength(4);
  });

  it("are begun anew also when it is the close that tells of another base, and it is opened again at once", async () => {
    const shop = await shopOf({
      usual: "{pull_request: true}",
      deploy: '{pull_request: {paths: ["deploy/**"]}}',
    });
    shop.repository.push({}, "legacy");
    shop.repository.push({ "deploy/app.yaml": "1" });
    const pull = await shop.open();
    pull.state.base = { branch: "legacy", sha: shop.repository.head("legacy") };
    await pull.close();
    await pull.reopen();
    await world.workflows.work();
    expect(await chosen(shop, pull)).toEqual(["deploy", "usual"]);
    await shop.test();
    await shop.test();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed" }]);
  });

  it("are not those of files that were fetched for another base", async () => {
    const shop = await shopOf({ docs: '{pull_request: {paths: ["docs/**"]}}' });
    shop.repository.push({}, "legacy");
    const pull = await shop.repository.open({ by: "author", branch: "feature", files: { "a.txt": "1" } });
    const query = `repository=${shop.repository.name}&number=${pull.number}`;
    const list = `${shop.path}/pull-requests?${query}`;
    const [found] = (await world.hub.json<{ items: { id: string }[] }>("GET", list)).items;
    const path = `${found?.id}/commits/${pull.headSha}/source`;
    const duty = await asWorker<SourceDuty>(world.hub, "GET", path);
    expect(duty.baseBranch).toBe("main");
    // Its files are on their way when it turns to another base.
    await pull.retarget("legacy");
    const body = { contentSha256: null, configuration: null, changedFiles: [], problem: null };
    const state = async () => {
      const shown = await world.hub.json<{ items: PullRequest[] }>("GET", list);
      return shown.items[0]?.commits[0]?.state;
    };
    await asWorker(world.hub, "POST", `${path}?baseBranch=main`, body);
    expect(await state()).toBe("fetching");
    await asWorker(world.hub, "POST", `${path}?baseBranch=legacy`, body);
    expect(await state()).toBe("ignored");
  });

  it("count no more where they do not apply any more when the commit is begun again", async () => {
    const shop = await shopOf({ usual: "{pull_request: true}", slow: "{pull_request: {labels: [slow]}}" });
    const pull = await shop.open({ labels: ["slow"] });
    await pull.close();
    await world.workflows.work();
    await pull.unlabel("slow");
    await pull.reopen();
    await world.workflows.work();
    await shop.test();
    expect(await chosen(shop, pull)).toEqual(["usual"]);
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed" }]);
  });

  it("are those of all paths where the forge does not tell every file", async () => {
    const shop = await shopOf({ deploy: '{pull_request: {paths: ["deploy/**"]}}' });
    const files = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`a/${index}`, ""]));
    const pull = await shop.open({ files });
    expect(await chosen(shop, pull)).toEqual(["deploy"]);
  });

  it("are none where none applies, and there is nothing to run", async () => {
    const shop = await shopOf({ docs: '{pull_request: {paths: ["docs/**"]}}' });
    const pull = await shop.open();
    expect((await shop.show(pull)).commits).toMatchObject([
      { state: "ignored", reason: "no run applies to its files, base branch and labels" },
    ]);
    expect(await shop.runs()).toEqual([]);
  });

  it("are none without a seatrial.yaml", async () => {
    const shop = await shopOf({ usual: "{pull_request: true}" });
    const pull = await shop.open({ files: { "seatrial.yaml": null } });
    expect((await shop.show(pull)).commits).toMatchObject([
      { state: "ignored", reason: "seatrial.yaml is not there" },
    ]);
  });

  it("are told to be wrong by the lines of seatrial.yaml", async () => {
    const shop = await shopOf({ usual: "{pull_request: true}" });
    const written = runsFile({ usual: "{pull_request: true}" }).replace("image:", "imagine:");
    const pull = await shop.open({ files: { "seatrial.yaml": written } });
    expect((await shop.show(pull)).commits).toMatchObject([
      {
        state: "errored",
        reason: expect.stringMatching(/^seatrial.yaml is wrong in line [34]: suites.smoke/),
      },
    ]);
    await pull.push({ "seatrial.yaml": runsFile({ usual: "{pull_request: true}" }) });
    await world.workflows.work();
    await shop.test();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed" }, { state: "errored" }]);
  });

  it("hold text that no database takes, and nothing breaks", async () => {
    const shop = await shopOf({ usual: "{pull_request: true}" });
    const pull = await shop.open({ files: { "seatrial.yaml": "version: 1\u0000\nsuites: {}\n" } });
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "errored" }]);
  });

  describe("from a fork", () => {
    const own = runsFile({ usual: "{pull_request: true}" });
    const foreign = runsFile({ stolen: "{pull_request: true}" });

    it("wait for the approval of this very commit, and nothing of it is fetched before", async () => {
      const shop = await createPullRequestShop(world, { "seatrial.yaml": own });
      const pull = await shop.open({ fork: "stranger", by: "stranger", files: { "seatrial.yaml": foreign } });
      expect((await shop.show(pull)).commits).toMatchObject([{ state: "approval_needed" }]);
      expect(await asWorker<PullRequestFacts>(world.hub, "GET", pull.id)).toMatchObject({ fetch: [] });
      const path = `/worker/v1/pull-requests/${pull.id}/commits/${pull.headSha}`;
      const source = { contentSha256: null, configuration: own, changedFiles: [], problem: null };
      const archive = await archiveOf([{ name: "a.txt", text: "1" }]);
      const answers = [
        await world.hub.call("GET", `${path}/source`, { token: workerToken }),
        await world.hub.call("POST", `${path}/source`, { token: workerToken, body: source }),
        await world.hub.call("PUT", `${path}/content/${sha256Of(archive)}`, {
          ...{ token: workerToken, body: archive, headers: { "content-type": "application/gzip" } },
        }),
      ];
      for (const answer of answers)
        expect(await problemOf(answer)).toMatchObject({ status: 409, code: "conflict" });
      expect((await shop.show(pull)).commits).toMatchObject([{ state: "approval_needed", runs: [] }]);
    });

    it("wait for it also after they were taken down and brought again, or tried again", async () => {
      const shop = await createPullRequestShop(world, { "seatrial.yaml": own });
      const pull = await shop.open({ fork: "stranger", by: "stranger", files: { "seatrial.yaml": foreign } });
      const commands = `${shop.path}/pull-requests/${pull.id}/commands`;
      for (const kind of ["down", "up", "rerun", "down", "rerun", "up"]) {
        await world.hub.call("POST", commands, { body: { kind } });
        await world.workflows.work();
        expect(await asWorker<PullRequestFacts>(world.hub, "GET", pull.id)).toMatchObject({ fetch: [] });
        const path = `/worker/v1/pull-requests/${pull.id}/commits/${pull.headSha}/source`;
        const answer = await world.hub.call("GET", path, { token: workerToken });
        expect(await problemOf(answer)).toMatchObject({ status: 409, code: "conflict" });
      }
      expect((await shop.show(pull)).commits).toMatchObject([{ state: "approval_needed", approvedBy: null }]);
      expect(await shop.runs()).toEqual([]);
    });

    it("are the base's, once it is approved, and a later commit waits anew", async () => {
      const shop = await createPullRequestShop(world, { "seatrial.yaml": own });
      const pull = await shop.open({ fork: "stranger", by: "stranger", files: { "seatrial.yaml": foreign } });
      const path = `${shop.path}/pull-requests/${pull.id}/approve`;
      await world.hub.json("POST", path, { body: { sha: pull.headSha } });
      const duty = await asWorker<SourceDuty>(world.hub, "GET", `${pull.id}/commits/${pull.headSha}/source`);
      expect(duty).toMatchObject({ sha: pull.headSha, configurationSha: shop.repository.head() });
      await world.workflows.work();
      expect(await chosen(shop, pull)).toEqual(["usual"]);
      const first = await shop.runOf(pull, "usual");
      const second = await pull.push({ "a.txt": "2" }, "stranger");
      await world.workflows.work();
      expect((await shop.show(pull)).commits).toMatchObject([
        { sha: second, state: "approval_needed", runs: [] },
        { state: "superseded" },
      ]);
      expect(await shop.run(first.id)).toMatchObject({ state: "cancelled" });
    });

    it("say whose file it is when that is wrong", async () => {
      const shop = await createPullRequestShop(world, { "seatrial.yaml": "version: 2\n" });
      const pull = await shop.open({ fork: "stranger", by: "stranger", files: { "seatrial.yaml": own } });
      const path = `${shop.path}/pull-requests/${pull.id}/approve`;
      await world.hub.json("POST", path, { body: { sha: pull.headSha } });
      await world.workflows.work();
      expect((await shop.show(pull)).commits).toMatchObject([
        { state: "errored", reason: expect.stringContaining("of the base commit") },
      ]);
    });
  });

  it("are not chosen again when a commit is told twice", async () => {
    const shop = await createPullRequestShop(world, { "seatrial.yaml": shopFile() });
    const pull = await shop.open();
    const before = await shop.show(pull);
    await world.fetchCommit(pull.id, pull.headSha);
    await world.look(pull.id);
    const { commits, environments } = await shop.show(pull);
    expect({ commits, environments }).toEqual({ commits: before.commits, environments: before.environments });
    expect(await shop.runs()).toHaveLength(1);
  });

  it("end with the reason why the commit could not be fetched", async () => {
    const shop = await createPullRequestShop(world);
    const pull = await shop.repository.open({ by: "author", branch: "big", files: { "a.txt": "1" } });
    const query = `repository=${shop.repository.name}&number=${pull.number}`;
    const path = `${shop.path}/pull-requests?${query}`;
    const [found] = (await world.hub.json<{ items: { id: string }[] }>("GET", path)).items;
    const problem = "its files are larger than 256 MiB";
    const body = { contentSha256: null, configuration: null, changedFiles: [], problem };
    await asWorker(world.hub, "POST", `${found?.id}/commits/${pull.headSha}/source`, body);
    const shown = await world.hub.json(`GET`, `${shop.path}/pull-requests/${found?.id}`);
    expect(shown).toMatchObject({ commits: [{ state: "errored", reason: problem }] });
  });
});
