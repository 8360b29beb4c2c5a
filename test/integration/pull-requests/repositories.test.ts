import type { Repository } from "@seatrial/contracts/repositories/repository.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createProject, problemOf } from "../../support/hub-fixtures.ts";
import { createTestHub, type TestHub, workerToken } from "../../support/test-hub.ts";
import { createWebhookWorld, repositoryId, shaOf, type Telling } from "./webhook-world.ts";

stopServerAfterTests();

const [first, second] = [shaOf("a"), shaOf("c")];

/** `forge`: what a worker tells besides. */
type Swept = Telling & { forge?: object };
type SeenParts = {
  pulls?: Swept[];
  comments?: object[];
  problem?: string;
  installationId?: number;
  askedAt?: string;
};

describe.each(databases)("repositories on $name", (database) => {
  let hub: TestHub;
  let worlds = 0;
  beforeAll(async () => {
    hub = await createTestHub(database);
  });
  afterAll(() => hub.close());

  async function newWorld() {
    worlds += 1;
    const name = `acme/shop-${worlds}`;
    const world = await createWebhookWorld(hub, `shop-${worlds}`, name);
    const work = `/worker/v1/repositories/${world.repository.id}`;
    return {
      ...world,
      name,
      show: () => hub.json<Repository>("GET", `${world.path}/repositories/${world.repository.id}`),
      facts: () =>
        hub.json<{ isConnected: boolean; sweepInSeconds: number }>("GET", work, { token: workerToken }),
      sweep: () =>
        hub.json<{ open: number[]; commentsSince: string | null }>("GET", `${work}/sweep`, {
          token: workerToken,
        }),
      seen: (seen: SeenParts) =>
        hub.json("POST", `${work}/seen`, {
          token: workerToken,
          body: {
            askedAt: seen.askedAt ?? hub.clock.now().toISOString(),
            installationId: seen.installationId ?? null,
            pullRequests: (seen.pulls ?? []).map((telling) => forgeTelling(name, telling)),
            comments: seen.comments ?? [],
            problem: seen.problem ?? null,
          },
        }),
      disconnect: (token?: string) =>
        hub.call("DELETE", `${world.path}/repositories/${world.repository.id}`, token ? { token } : {}),
    };
  }

  /** What the worker makes of GitHub's answer. */
  function forgeTelling(repository: string, telling: Swept) {
    const { number = 12, state = "open", merged = false, sha = first } = telling;
    return {
      ...{ number, state: merged ? "merged" : state, draft: telling.draft ?? false },
      ...{ title: telling.title ?? "Add a basket", author: "author", labels: telling.labels ?? [] },
      ...{ baseBranch: "main", baseSha: shaOf("b"), headBranch: "feature", headSha: sha },
      headRepository: telling.headRepository === undefined ? repository : telling.headRepository,
      updatedAt: new Date(Date.UTC(2030, 0, 1) + (telling.second ?? 0) * 1_000).toISOString(),
      ...telling.forge,
    };
  }

  test("a repository is one project's, in whatever case it is written; the same again changes nothing", async () => {
    const world = await newWorld();
    const other = await createProject(hub, "other");
    const connect = (path: string, name: string) =>
      hub.call("POST", `${path}/repositories`, { body: { name } });
    const again = await connect(world.path, world.name.toUpperCase());
    expect(again.status).toBe(200);
    expect(await again.json()).toEqual(world.repository);
    const taken = await problemOf(await connect(other.path, world.name.toUpperCase()));
    expect(taken).toMatchObject({ status: 409, code: "conflict" });
    // Whose it is stays between the platform team and that project.
    expect(taken.detail).not.toContain(world.repository.project);
    await world.disconnect();
    hub.clock.advance(1);
    expect((await connect(other.path, world.name)).status).toBe(201);
    expect(await problemOf(await connect(other.path, "no-owner"))).toMatchObject({ code: "invalid_request" });
    expect(await problemOf(await connect("/v1/projects/nobodys", "acme/x"))).toMatchObject({
      code: "not_found",
    });
  });

  test("only the platform team connects and disconnects; a project sees its own alone", async () => {
    const world = await newWorld();
    const other = await newWorld();
    const manager = (await world.token(["read", "manage"])).secret;
    const connect = await hub.call("POST", `${world.path}/repositories`, {
      ...{ token: manager, body: { name: "acme/another" } },
    });
    expect(await problemOf(connect)).toMatchObject({ code: "forbidden" });
    expect(await problemOf(await world.disconnect(manager))).toMatchObject({ code: "forbidden" });
    const list = await hub.json<{ items: Repository[] }>("GET", `${world.path}/repositories`, {
      token: manager,
    });
    expect(list.items.map(({ name }) => name)).toEqual([world.name]);
    const foreign = `${world.path}/repositories/${other.repository.id}`;
    expect(await problemOf(await hub.call("GET", foreign, { token: manager }))).toMatchObject({
      code: "not_found",
    });
    // An administrator, too, must name the project that has it.
    expect(await problemOf(await hub.call("DELETE", foreign))).toMatchObject({ code: "not_found" });
    expect(await other.facts()).toMatchObject({ isConnected: true });
  });

  test("disconnecting closes what is open, tells its workflows, and takes no more events", async () => {
    const world = await newWorld();
    await world.tell("opened", { number: 1 });
    await world.tell("opened", { number: 2 });
    await world.tell("closed", { number: 2, state: "closed", merged: true, second: 2 });
    await world.comment("/seatrial up", "maintainer", { number: 1 });
    await world.takeOutbox();
    hub.clock.advance(1);
    expect((await world.disconnect()).status).toBe(200);
    expect((await world.pulls()).items.map(({ number, state }) => [number, state]).sort()).toEqual([
      [1, "closed"],
      [2, "merged"],
    ]);
    const told = (await world.takeOutbox()).map(({ kind }) => kind);
    expect(told).toEqual(["pull_request.changed", "repository.changed"]);
    expect(await world.facts()).toMatchObject({ isConnected: false });
    const { id, commands } = await world.pull(1);
    expect(commands).toMatchObject([{ state: "refused", reason: "the repository was disconnected" }]);
    await hub.json("POST", `/worker/v1/pull-requests/${id}/advance`, { token: workerToken });
    expect(await hub.json("GET", `/worker/v1/pull-requests/${id}`, { token: workerToken })).toMatchObject({
      ...{ isOver: true, commands: [], reportDue: false },
    });
    expect((await world.tell("reopened", { number: 1, second: 9 })).ignored).toContain("not connected");
    await world.seen({ pulls: [{ number: 1, second: 9 }] });
    expect((await world.pull(1)).state).toBe("closed");
    expect(await problemOf(await world.disconnect())).toMatchObject({ code: "not_found" });
    const audit = await hub.json<{ items: { action: string; data: object }[] }>("GET", `${world.path}/audit`);
    expect(audit.items.filter(({ action }) => action.startsWith("repository."))).toMatchObject([
      { action: "repository.disconnect", data: { closed: 1 } },
      { action: "repository.connect" },
    ]);
  });

  test("its workflow is told when it is connected, and a sweep is due at once, then every five minutes", async () => {
    const world = await newWorld();
    const told = (await world.takeOutbox()).filter(
      ({ repositoryId }) => repositoryId === world.repository.id,
    );
    expect(told).toMatchObject([{ kind: "repository.changed" }]);
    expect(await world.facts()).toEqual({ id: world.repository.id, isConnected: true, sweepInSeconds: 0 });
    expect(await world.sweep()).toMatchObject({ open: [], commentsSince: null });
    // The worker's clock is years behind.
    await world.seen({ askedAt: "2026-01-01T00:00:00.000Z" });
    expect((await world.facts()).sweepInSeconds).toBe(300);
    hub.clock.advance(200);
    expect((await world.facts()).sweepInSeconds).toBe(100);
    hub.clock.advance(200);
    expect((await world.facts()).sweepInSeconds).toBe(0);
  });

  test("a sweep finds what no event told: opened, pushed to, closed; and repeats change nothing", async () => {
    const world = await newWorld();
    await world.tell("opened", { number: 1 });
    await world.tell("opened", { number: 2 });
    expect((await world.sweep()).open).toEqual([1, 2]);
    const pulls = [
      { number: 1, sha: second, second: 5 },
      { number: 2, state: "closed" as const, second: 5 },
      { number: 3, headRepository: "stranger/shop", second: 5 },
    ];
    await world.seen({ pulls, installationId: 99 });
    expect(await world.show()).toMatchObject({ installationId: 99, problem: null });
    expect((await world.pull(1)).commits).toMatchObject([{ sha: second }, { sha: first }]);
    expect((await world.pull(2)).state).toBe("closed");
    expect((await world.pull(3)).commits).toMatchObject([{ state: "approval_needed" }]);
    await world.takeOutbox();
    await world.seen({ pulls });
    expect(await world.takeOutbox()).toEqual([]);
    // An event that was on its way all that time.
    expect((await world.tell("synchronize", { number: 1, sha: shaOf("d"), second: 4 })).ignored).toContain(
      "later",
    );
    expect((await world.pull(1)).headSha).toBe(second);
  });

  test("a repository that was moved has the same pull requests, and forks are still told from its own branches", async () => {
    const world = await newWorld();
    await world.tell("opened", { number: 1 });
    await world.tell("opened", { number: 2, headRepository: "stranger/shop" });
    const base = repositoryId(world.name);
    const moved = { baseRepository: "acme/store", baseRepositoryId: base };
    const own = { headRepository: "acme/store", forge: { ...moved, headRepositoryId: base } };
    const forked = { ...moved, headRepositoryId: base + 1 };
    // A name that the repository had once is free for anybody.
    const taken = { headRepository: world.name, forge: forked };
    await world.seen({
      pulls: [
        { number: 1, second: 5, ...own },
        { number: 2, second: 5, headRepository: "stranger/shop", forge: forked },
        { number: 3, second: 5, ...own },
        { number: 4, second: 5, ...taken },
        { number: 5, second: 5, headRepository: "acme/store", forge: { baseRepository: "acme/store" } },
        { number: 6, second: 5, ...own, forge: { ...own.forge, baseRepositoryId: base + 1 } },
      ],
    });
    const states: [number, string | undefined][] = [];
    for (const number of [1, 2, 3, 4, 5, 6])
      states.push([number, (await world.pull(number)).commits[0]?.state]);
    expect(states).toEqual([
      [1, "fetching"],
      [2, "approval_needed"],
      [3, "fetching"],
      [4, "approval_needed"],
      [5, "fetching"],
      [6, "approval_needed"],
    ]);
    const { id } = await world.pull(1);
    const path = `/worker/v1/pull-requests/${id}/commits/${first}/source`;
    expect(await hub.json("GET", path, { token: workerToken })).toMatchObject({ configurationSha: first });
  });

  test("a commit that was taken for a fork's by mistake goes on once the forge says better, and the other way round", async () => {
    const world = await newWorld();
    await world.tell("opened", { number: 1, headRepository: "acme/store" });
    await world.tell("opened", { number: 2 });
    const base = repositoryId(world.name);
    const told = { baseRepository: "acme/store", baseRepositoryId: base };
    await world.seen({
      pulls: [
        { number: 1, second: 5, headRepository: "acme/store", forge: { ...told, headRepositoryId: base } },
        {
          number: 2,
          second: 5,
          headRepository: "acme/store",
          forge: { ...told, headRepositoryId: base + 1 },
        },
      ],
    });
    expect((await world.pull(1)).commits).toMatchObject([{ state: "fetching", reason: null }]);
    expect((await world.pull(2)).commits).toMatchObject([{ state: "approval_needed" }]);
  });

  test("a sweep sets right what two events of one second left open", async () => {
    const world = await newWorld();
    await world.tell("opened", { second: 5 });
    await world.tell("closed", { state: "closed", second: 6 });
    // Opened again and pushed to within that second; the second event came first and could not be placed.
    expect(
      (await world.tell("synchronize", { sha: second, second: 6 }, { before: first })).ignored,
    ).toContain("later");
    expect((await world.pull()).state).toBe("closed");
    await world.seen({ pulls: [{ sha: second, second: 6 }] });
    expect(await world.pull()).toMatchObject({ state: "open", headSha: second });
  });

  test("comments of a sweep are commands once, but not those from before the first sweep, nor edited ones", async () => {
    const world = await newWorld();
    await world.tell("opened");
    const comment = (
      commentId: number,
      minutesAgo: number,
      body = "/seatrial down",
      login = "maintainer",
    ) => ({
      ...{ commentId, number: 12, login, body },
      createdAt: new Date(hub.clock.now().getTime() - minutesAgo * 60_000).toISOString(),
    });
    await world.seen({ comments: [comment(1, 60)] });
    expect((await world.pull()).commands).toEqual([]);
    hub.clock.advance(600);
    const since = new Date((await world.sweep()).commentsSince ?? "");
    expect(since.getTime()).toBe(hub.clock.now().getTime() - 1_500_000);
    await world.comment("/seatrial down", "maintainer", { id: 2 });
    const comments = [
      comment(2, 1),
      comment(3, 1, "/seatrial up"),
      comment(4, 30),
      comment(5, 1, "/seatrial up", "helper[bot]"),
      comment(6, 1, "thanks"),
    ];
    await world.seen({ comments });
    await world.seen({ comments });
    expect((await world.pull()).commands.map(({ kind }) => kind).sort()).toEqual(["down", "up"]);
  });

  test("an approval that only a sweep brings counts for the base that the hub knew when it was written", async () => {
    const world = await newWorld();
    const fork = { headRepository: "stranger/shop" };
    for (const number of [1, 2]) await world.tell("opened", { ...fork, number });
    await world.seen({});
    hub.clock.advance(600);
    const now = hub.clock.now().getTime();
    const approval = (number: number) => ({
      ...{ commentId: number, number, login: "maintainer", body: `/seatrial approve ${first}` },
      createdAt: new Date(now - 100_000).toISOString(),
    });
    // Both pull requests went on after the comment; the second one turned to another base.
    const told = { ...fork, second: (now - Date.UTC(2030, 0, 1)) / 1_000 };
    const pulls = [
      { ...told, number: 1, title: "New words" },
      { ...told, number: 2, forge: { baseBranch: "legacy" } },
    ];
    await world.seen({ pulls, comments: [approval(1), approval(2)] });
    expect(await world.judge("admin", 1)).toEqual(["done"]);
    expect(await world.judge("admin", 2)).toEqual(["refused"]);
    expect((await world.pull(2)).commits).toMatchObject([{ state: "approval_needed" }]);
  });

  test("why the forge cannot be asked is shown until it answers, and the sweep stays due", async () => {
    const world = await newWorld();
    await world.seen({ problem: "the App is not installed\u0000 on it" });
    expect(await world.show()).toMatchObject({ problem: "the App is not installed on it", sweptAt: null });
    expect(await world.facts()).toMatchObject({ sweepInSeconds: 0 });
    await world.seen({});
    expect(await world.show()).toMatchObject({ problem: null, sweptAt: hub.clock.now().toISOString() });
  });

  test("two hundred pull requests in one sweep are taken, texts of strangers made safe", async () => {
    const world = await newWorld();
    const title = `\u0000\u202E${"t".repeat(400)}`;
    const pulls = Array.from({ length: 200 }, (_, index) => ({ number: index + 1, title }));
    await world.seen({ pulls });
    expect((await world.sweep()).open).toHaveLength(200);
    expect((await world.pulls()).items[0]?.title).toBe("t".repeat(400));
  });

  test("a workflow that was lost is called for again by the tick, once in five minutes", async () => {
    const world = await newWorld();
    await world.seen({});
    const tick = () => hub.json("POST", "/worker/v1/tick", { token: workerToken });
    const own = async () =>
      (await world.takeOutbox()).filter(({ repositoryId }) => repositoryId === world.repository.id);
    await own();
    hub.clock.advance(590);
    await tick();
    expect(await own()).toEqual([]);
    hub.clock.advance(20);
    await tick();
    await tick();
    expect(await own()).toMatchObject([{ kind: "repository.changed" }]);
    await tick();
    expect(await own()).toEqual([]);
    hub.clock.advance(301);
    await tick();
    expect(await own()).toHaveLength(1);
    await world.seen({});
    hub.clock.advance(301);
    await tick();
    expect(await own()).toEqual([]);
  });
});
