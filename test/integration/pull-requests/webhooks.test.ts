import { randomUUID } from "node:crypto";
import examples from "@octokit/webhooks-examples/api.github.com/index.json" with { type: "json" };
import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { deliveries, pullRequests } from "@seatrial/hub/database/schema/pull-requests.ts";
import { outbox } from "@seatrial/hub/database/schema/work.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { problemOf } from "../../support/hub-fixtures.ts";
import { createTestHub, type TestHub, webhookSecret, workerToken } from "../../support/test-hub.ts";
import { createWebhookWorld, pullRequestPart, sendRaw, shaOf } from "./webhook-world.ts";

stopServerAfterTests();

const olderSecret = "webhook-secret-of-last-year";
type World = Awaited<ReturnType<typeof createWebhookWorld>>;
const openedText = ({ repository: { name } }: World) =>
  JSON.stringify({
    action: "opened",
    pull_request: pullRequestPart({}, name),
    repository: { full_name: name },
  });

describe.each(databases)("webhooks of GitHub on $name", (database) => {
  let hub: TestHub;
  let worlds = 0;
  beforeAll(async () => {
    const settings = { githubWebhookSecrets: [webhookSecret, olderSecret] };
    hub = await createTestHub(database, { settings });
  });
  afterAll(() => hub.close());

  /** A project of its own with a repository of its own, and how much is written at its begin. */
  async function newWorld() {
    worlds += 1;
    const world = await createWebhookWorld(hub, `shop-${worlds}`, `acme/shop-${worlds}`);
    await world.takeOutbox();
    written = await countWritten();
    return world;
  }
  let written: number[] = [];
  const countWritten = () =>
    Promise.all([pullRequests, deliveries, outbox].map((table) => hub.deps.database.$count(table)));
  async function expectNothingWritten(): Promise<void> {
    expect(await countWritten()).toEqual(written);
  }

  test("a pull request that is opened is known, with its head commit, and its workflow is to look", async () => {
    const world = await newWorld();
    await world.takeOutbox();
    expect(await world.tell("opened", { labels: ["api"] })).toEqual({ duplicate: false, ignored: null });
    const pull = await world.pull();
    expect(pull).toMatchObject({
      ...{
        repository: world.repository.name,
        number: 12,
        state: "open",
        draft: false,
        title: "Add a basket",
      },
      ...{ author: "author", labels: ["api"], baseBranch: "main", headBranch: "feature", fork: false },
      commits: [{ sha: shaOf("a"), state: "fetching", approvedBy: null, runs: [] }],
    });
    expect(await world.takeOutbox()).toMatchObject([
      { kind: "pull_request.changed", pullRequestId: pull.id, runId: null },
    ]);
  });

  test("each of several secrets is good, so that one can be replaced; another one is refused and writes nothing", async () => {
    const world = await newWorld();
    const wrong = await sendRaw(hub, "pull_request", openedText(world), {
      secret: "the-secret-of-somebody-else",
    });
    expect(await problemOf(wrong)).toMatchObject({ status: 401, code: "unauthenticated" });
    await expectNothingWritten();
    expect(await world.tell("opened", { number: 1 }, {}, { secret: webhookSecret })).toMatchObject({
      ignored: null,
    });
    expect(await world.tell("opened", { number: 2 }, {}, { secret: olderSecret })).toMatchObject({
      ignored: null,
    });
  });

  test("no signature, half of one, one of SHA-1, and a bearer token instead are all refused", async () => {
    const world = await newWorld();
    const forged = [
      null,
      "",
      "sha256=",
      `sha256=${"0".repeat(64)}`,
      `sha256=${"0".repeat(63)}`,
      `sha1=${"0".repeat(40)}`,
    ];
    for (const signature of forged) {
      const answer = await sendRaw(hub, "pull_request", openedText(world), { signature });
      expect([signature, (await problemOf(answer)).code]).toEqual([signature, "unauthenticated"]);
    }
    const bearer = { signature: null, headers: { authorization: `Bearer ${workerToken}` } };
    expect((await sendRaw(hub, "pull_request", openedText(world), bearer)).status).toBe(401);
    await expectNothingWritten();
  });

  test("a body that was cut or changed on its way is refused before it is read, also where it is no JSON", async () => {
    const world = await newWorld();
    const whole = openedText(world);
    const { createHmac } = await import("node:crypto");
    const signature = `sha256=${createHmac("sha256", webhookSecret).update(whole).digest("hex")}`;
    for (const body of [whole.slice(0, -1), `${whole} `, whole.replace("acme/", "evil/"), "", "{"]) {
      const answer = await sendRaw(hub, "pull_request", body, { signature });
      expect((await problemOf(answer)).code).toBe("unauthenticated");
    }
    await expectNothingWritten();
  });

  test("a signed body that is no JSON, or lacks what is needed, is refused by name and can be sent again", async () => {
    const world = await newWorld();
    const form = await sendRaw(hub, "pull_request", "payload=%7B%7D");
    expect(await problemOf(form)).toMatchObject({
      code: "invalid_json",
      detail: expect.stringContaining("application/json"),
    });
    const delivery = randomUUID();
    const lacking = {
      action: "opened",
      repository: { full_name: world.repository.name },
      pull_request: { number: 1 },
    };
    const answer = await sendRaw(hub, "pull_request", JSON.stringify(lacking), { delivery });
    expect(await problemOf(answer)).toMatchObject({
      status: 422,
      detail: expect.stringContaining("/pull_request/"),
    });
    await expectNothingWritten();
    expect(await world.tell("opened", {}, {}, { delivery })).toEqual({ duplicate: false, ignored: null });
  });

  test("without the headers of a delivery it is refused by name", async () => {
    const world = await newWorld();
    const lacking = await sendRaw(hub, "pull_request", openedText(world), {
      headers: { "x-github-delivery": " " },
    });
    expect(await problemOf(lacking)).toMatchObject({
      code: "invalid_request",
      detail: expect.stringContaining("X-GitHub-Delivery"),
    });
  });

  test("a delivery that comes again does nothing, whatever happened since", async () => {
    const world = await newWorld();
    const delivery = randomUUID();
    await world.tell("opened", {}, {}, { delivery });
    await world.tell("synchronize", { sha: shaOf("c"), second: 5 });
    const before = await world.pull();
    await world.takeOutbox();
    expect(await world.tell("opened", {}, {}, { delivery })).toEqual({ duplicate: true, ignored: null });
    expect(await world.pull()).toEqual(before);
    expect(await world.takeOutbox()).toEqual([]);
  });

  test("of one delivery that comes many times at once, one does something", async () => {
    const world = await newWorld();
    const delivery = randomUUID();
    const all = await Promise.all(
      Array.from({ length: 6 }, () => world.tell("opened", {}, {}, { delivery })),
    );
    expect(all.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect((await world.pulls()).items).toHaveLength(1);
  });

  test("of many commits the newest twenty are shown, of each pull request its own", async () => {
    const world = await newWorld();
    const sha = (index: number) => index.toString(16).padStart(40, "0");
    await world.tell("opened", { number: 1, sha: shaOf("a") });
    await world.tell("opened", { number: 2, sha: sha(0) });
    for (let index = 1; index <= 24; index += 1) {
      const telling = { number: 2, sha: sha(index), second: index };
      await world.tell("synchronize", telling, { before: sha(index - 1) });
    }
    expect((await world.pull(1)).commits.map((commit) => commit.sha)).toEqual([shaOf("a")]);
    const shown = await hub.json<PullRequest>(
      "GET",
      `${world.path}/pull-requests/${(await world.pull(2)).id}`,
    );
    const newest = Array.from({ length: 20 }, (_, index) => sha(24 - index));
    expect(shown.commits.map((commit) => commit.sha)).toEqual(newest);
  });

  test("many events at once, of which each is the first to name the installation, do not wait for each other for ever", async () => {
    const world = await newWorld();
    const numbers = Array.from({ length: 12 }, (_, index) => index + 1);
    const answers = await Promise.all(
      numbers.flatMap((number) => [
        world.tell("opened", { number }),
        world.tell("synchronize", { number, sha: shaOf("c"), second: 1 }, { before: shaOf("a") }),
      ]),
    );
    expect(answers.filter(({ duplicate }) => duplicate)).toEqual([]);
    const { items } = await world.pulls();
    expect(items.map(({ headSha }) => headSha)).toEqual(numbers.map(() => shaOf("c")));
  });

  test("a hub without secrets takes no webhooks and says which variable it lacks", async () => {
    const closed = await createTestHub(database, { settings: { githubWebhookSecrets: [] } });
    try {
      const answer = await sendRaw(closed, "ping", "{}", { secret: "" });
      expect(await problemOf(answer)).toMatchObject({
        status: 404,
        detail: expect.stringContaining("SEATRIAL_GITHUB_WEBHOOK_SECRETS"),
      });
    } finally {
      await closed.close();
    }
  });

  test("what nothing follows from is taken, and the answer says why", async () => {
    const world = await newWorld();
    const ignored = async (event: string, payload: object) => (await world.send(event, payload)).ignored;
    expect(await ignored("ping", { zen: "Keep it logically awesome." })).toBe("ping");
    expect(await ignored("push", { ref: "refs/heads/main" })).toContain("nothing follows from push");
    expect(await ignored("constructor", {})).toContain("nothing follows");
    const assigned = { action: "assigned", pull_request: pullRequestPart({}) };
    expect(await ignored("pull_request", assigned)).toContain("pull_request.assigned");
    expect(await ignored("check_run", { action: "completed" })).toContain("completed");
    await expectNothingWritten();
  });

  test("an event of a repository that nobody connected is taken and changes nothing", async () => {
    const world = await newWorld();
    const of = (name: string) =>
      world.send("pull_request", {
        ...{ action: "opened", pull_request: pullRequestPart({}, name), repository: { full_name: name } },
      });
    expect((await of("acme/other")).ignored).toContain("not connected");
    await expectNothingWritten();
    expect((await of(world.repository.name.toUpperCase())).ignored).toBeNull();
    expect((await world.pull()).fork).toBe(false);
  });

  test("another repository that took the name of a connected one is not believed, until the name is connected again", async () => {
    const world = await newWorld();
    const { name } = world.repository;
    const of = (id: number, event: string, payload: object, installation = 77) =>
      world.send(event, {
        repository: { id, full_name: name },
        installation: { id: installation },
        ...payload,
      });
    const opened = (number: number) => ({
      action: "opened",
      pull_request: pullRequestPart({ number }, name),
    });
    expect((await of(501, "pull_request", opened(1))).ignored).toBeNull();
    expect((await of(666, "pull_request", opened(2), 13)).ignored).toContain("another repository");
    const stolen = { action: "created", repositories: [{ id: 666, full_name: name }] };
    expect((await of(666, "installation", stolen, 13)).ignored).toContain("none of its repositories");
    const path = `${world.path}/repositories`;
    expect(await hub.json("GET", `${path}/${world.repository.id}`)).toMatchObject({ installationId: 77 });
    const sweep = `/worker/v1/repositories/${world.repository.id}/sweep`;
    expect(await hub.json("GET", sweep, { token: workerToken })).toMatchObject({
      repository: { name, installationId: 77, forgeId: 501 },
    });
    const seen = `/worker/v1/repositories/${world.repository.id}/seen`;
    const answer = { askedAt: "2030-01-01T00:00:00.000Z", forgeId: 666, installationId: 13 };
    const body = { ...answer, pullRequests: [], comments: [], problem: null };
    await hub.json("POST", seen, { token: workerToken, body });
    expect(await hub.json("GET", `${path}/${world.repository.id}`)).toMatchObject({
      ...{ installationId: 77, sweptAt: null, problem: expect.stringContaining("another repository") },
    });
    expect((await world.pulls()).items.map(({ number }) => number)).toEqual([1]);
    await hub.json("DELETE", `${path}/${world.repository.id}`);
    await hub.json("POST", path, { body: { name } });
    expect((await of(666, "pull_request", opened(3))).ignored).toBeNull();
  });

  test("the same pull request in two projects' repositories are two", async () => {
    const world = await newWorld();
    const other = await newWorld();
    await world.tell("opened", { title: "for the shop" });
    await other.tell("opened", { title: "for the bank" });
    expect((await world.pulls()).items.map(({ title }) => title)).toEqual(["for the shop"]);
    expect((await other.pulls()).items.map(({ title }) => title)).toEqual(["for the bank"]);
    const [mine] = (await world.pulls()).items;
    const foreign = await hub.call("GET", `${other.path}/pull-requests/${mine?.id}`);
    expect((await problemOf(foreign)).code).toBe("not_found");
  });

  test("the installation is learned from an event, and from that of the App itself", async () => {
    const world = await newWorld();
    const show = () =>
      hub.json<{ installationId: number | null; problem: string | null }>(
        "GET",
        `${world.path}/repositories/${world.repository.id}`,
      );
    expect(await show()).toMatchObject({ installationId: null });
    await world.tell("opened");
    expect(await show()).toMatchObject({ installationId: 77 });
    const { id, headSha } = await world.pull();
    const source = `/worker/v1/pull-requests/${id}/commits/${headSha}/source`;
    expect(await hub.json("GET", source, { token: workerToken })).toMatchObject({
      repository: { installationId: 77, forgeId: expect.any(Number) },
    });
    const names = [{ full_name: world.repository.name.toUpperCase() }, { full_name: "acme/unknown" }];
    const removal = { action: "removed", repositories_removed: names, repositories_added: [] };
    expect((await world.send("installation_repositories", removal)).ignored).toBeNull();
    expect(await show()).toMatchObject({
      installationId: null,
      problem: expect.stringContaining("not installed"),
    });
    const made = { action: "created", installation: { id: 78 }, repositories: names };
    await world.send("installation", made);
    expect(await show()).toMatchObject({ installationId: 78, problem: null });
    const others = { action: "created", repositories: [{ full_name: "acme/unknown" }] };
    expect((await world.send("installation", others)).ignored).toContain("none of its repositories");
  });

  test("texts of strangers are stored on one line, cut, and without what is not seen", async () => {
    const world = await newWorld();
    const title = `\u202Eevil\u0000 \u001B[31mred\u2028line\r\nnext \uD83D ${"x".repeat(10_000)}`;
    const labels = Array.from({ length: 300 }, (_, index) => `label ${index} ${"y".repeat(500)}`);
    await world.tell("opened", { title, labels, head: "z".repeat(5_000), author: "a\u200Bb" });
    const pull = await world.pull();
    expect(pull.title).toMatch(/^evil \[31mred line next � x+… \(cut\)$/);
    expect(pull.title.length).toBe(500);
    expect(pull.labels).toHaveLength(100);
    expect(Math.max(...pull.labels.map((label) => label.length))).toBe(100);
    expect(pull.headBranch.length).toBe(250);
    expect(pull.author).toBe("a b");
  });

  test("a payload of 20 MB is read, one above GitHub's own limit is not", async () => {
    const world = await newWorld();
    expect((await world.tell("opened", {}, { filler: "f".repeat(20_000_000) })).ignored).toBeNull();
    const tooLarge = await sendRaw(hub, "pull_request", JSON.stringify({ filler: "f".repeat(27_000_000) }));
    expect(await problemOf(tooLarge)).toMatchObject({ status: 413, code: "payload_too_large" });
  });

  test("a payload that is nested a hundred thousand times over neither ends the hub nor is taken for anything", async () => {
    const world = await newWorld();
    const depth = 100_000;
    const nested = `${"[".repeat(depth)}${"]".repeat(depth)}`;
    const repository = `{"full_name":"${world.repository.name}"}`;
    const body = `{"action":"opened","repository":${repository},"pull_request":${nested}}`;
    expect((await sendRaw(hub, "pull_request", body)).status).toBe(422);
    await expectNothingWritten();
  });

  test("deliveries are forgotten after a month", async () => {
    const world = await newWorld();
    await world.tell("opened");
    hub.clock.advance(29 * 86_400);
    await hub.json("POST", "/worker/v1/tick", { token: workerToken });
    expect(await hub.deps.database.$count(deliveries)).toBeGreaterThan(0);
    hub.clock.advance(2 * 86_400);
    await hub.json("POST", "/worker/v1/tick", { token: workerToken });
    expect(await hub.deps.database.$count(deliveries)).toBe(0);
  });
});

test("every example that GitHub publishes of its events is taken, by a hub that has the repository", async () => {
  const [pglite] = databases;
  if (pglite === undefined) throw new Error("there is no database to test on");
  const hub = await createTestHub(pglite);
  try {
    const world = await createWebhookWorld(hub, "examples", "Codertocat/Hello-World");
    const refused: string[] = [];
    let count = 0;
    for (const { name, examples: payloads } of examples)
      for (const payload of payloads) {
        const answer = await sendRaw(hub, name, JSON.stringify(payload));
        count += 1;
        if (!answer.ok) refused.push(`${name}: ${answer.status} ${await answer.text()}`);
      }
    expect(refused).toEqual([]);
    expect(count).toBeGreaterThan(300);
    // The examples are about this one.
    expect(await world.pull(2)).toMatchObject({ author: "Codertocat", baseBranch: "master", fork: false });
  } finally {
    await hub.close();
  }
});
