import { pullRequestCommands, pullRequests } from "@seatrial/hub/database/schema/pull-requests.ts";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { problemOf } from "../../support/hub-fixtures.ts";
import { createTestHub, type TestHub, workerToken } from "../../support/test-hub.ts";
import { createWebhookWorld, shaOf } from "./webhook-world.ts";

stopServerAfterTests();

const [first, second] = [shaOf("a"), shaOf("c")];

describe.each(databases)("commands on a pull request on $name", (database) => {
  let hub: TestHub;
  let worlds = 0;
  beforeAll(async () => {
    hub = await createTestHub(database);
  });
  afterAll(() => hub.close());

  /** An open pull request, and what the hub keeps of it. */
  async function newWorld() {
    worlds += 1;
    const world = await createWebhookWorld(hub, `shop-${worlds}`, `acme/shop-${worlds}`);
    await world.tell("opened");
    const { id } = await world.pull();
    await world.takeOutbox();
    const row = async () => {
      const [found] = await hub.deps.database.select().from(pullRequests).where(eq(pullRequests.id, id));
      if (found === undefined) throw new Error("it is gone");
      return found;
    };
    const command = (body: object, token = world.runToken) =>
      hub.call("POST", `${world.path}/pull-requests/${id}/commands`, { token, body });
    return { ...world, id, row, command };
  }

  test("a comment that addresses Seatrial waits until the forge has said who its author is", async () => {
    const world = await newWorld();
    const before = await world.row();
    expect((await world.comment("/seatrial down\nplease", "maintainer", { id: 501 })).ignored).toBeNull();
    expect((await world.pull()).commands).toMatchObject([
      { kind: "down", argument: null, by: "maintainer", source: "comment", state: "pending", reason: null },
    ]);
    expect(await world.row()).toEqual(before);
    expect(await world.takeOutbox()).toMatchObject([
      { kind: "pull_request.changed", pullRequestId: world.id },
    ]);
    const [command] = await hub.deps.database
      .select()
      .from(pullRequestCommands)
      .where(eq(pullRequestCommands.pullRequestId, world.id));
    const path = `/worker/v1/pull-requests/${world.id}/commands/${command?.id}`;
    expect(await hub.json("GET", path, { token: workerToken })).toEqual({
      repository: {
        ...{ repositoryId: world.repository.id, name: world.repository.name, installationId: 77 },
        // Of the one that told of itself: whatever else has the name later is another.
        forgeId: expect.any(Number),
      },
      ...{ number: 12, login: "maintainer", commentId: 501, problem: null },
    });
    const judge = (permission: string) =>
      hub.json("POST", `${path}/judge`, { token: workerToken, body: { permission } });
    expect(await judge("write")).toEqual({ state: "done" });
    expect((await world.row()).wanted).toBe(false);
    // A repeat, also with another answer, changes nothing.
    const after = await world.row();
    expect(await judge("none")).toEqual({ state: "done" });
    expect(await world.row()).toEqual(after);
  });

  test("a stranger's command changes nothing but its own row", async () => {
    const world = await newWorld();
    const before = await world.row();
    const { commits, environments } = await world.pull();
    for (const line of ["up", "down", "rerun", "extend 4h", `approve ${first}`])
      await world.comment(`/seatrial ${line}`, "stranger");
    expect(new Set(await world.judge("read"))).toEqual(new Set(["refused"]));
    expect(await world.row()).toEqual(before);
    const pull = await world.pull();
    expect(pull).toMatchObject({ commits, environments });
    expect(new Set(pull.commands.map(({ reason }) => reason))).toEqual(
      new Set(["stranger has no write access to the repository"]),
    );
  });

  test("a comment that is told again, by an event or a sweep, is one command", async () => {
    const world = await newWorld();
    await world.comment("/seatrial down", "maintainer", { id: 9 });
    expect((await world.comment("/seatrial down", "maintainer", { id: 9 })).ignored).toContain("before");
    expect((await world.pull()).commands).toHaveLength(1);
  });

  test("bots, issues, talk, quotes and code are no commands", async () => {
    const world = await newWorld();
    const ignored = async (...args: Parameters<typeof world.comment>) =>
      (await world.comment(...args)).ignored;
    expect(await ignored("/seatrial down", "helper[bot]", { type: "Bot" })).toBe("bots give no commands");
    expect(await ignored("/seatrial down", "helper[bot]")).toBe("bots give no commands");
    expect(await ignored("I would not say /seatrial down", "maintainer")).toContain("does not address");
    expect(await ignored("> /seatrial down", "maintainer")).toContain("does not address");
    expect(await ignored("```\n/seatrial down\n```", "maintainer")).toContain("does not address");
    expect(await ignored("/seatrial down", "maintainer", { number: 99 })).toContain("not known");
    const issue = { action: "created", issue: { number: 12 }, comment: { id: 1, body: "/seatrial down" } };
    expect((await world.send("issue_comment", issue)).ignored).toContain("on an issue");
    const edited = { ...issue, action: "edited" };
    expect((await world.send("issue_comment", edited)).ignored).toContain("issue_comment.edited");
    expect((await world.pull()).commands).toEqual([]);
  });

  test("what cannot be understood is refused, with what to write for who may write", async () => {
    const world = await newWorld();
    await world.comment("/seatrial explode", "maintainer");
    await world.comment("/seatrial extend forever", "maintainer");
    expect(await world.judge("admin")).toEqual(["refused", "refused"]);
    const reasons = (await world.pull()).commands.map(({ kind, reason }) => `${kind}: ${reason}`).sort();
    expect(reasons[0]).toContain("null: there is no such command; known: /seatrial up, down");
    expect(reasons[1]).toContain("null: write how long");
  });

  test("what a stranger wrote changes nothing of the one comment, understood or not, waiting or refused", async () => {
    const world = await newWorld();
    const body = async () => {
      const path = `/worker/v1/pull-requests/${world.id}/report`;
      const report = await hub.json<{ comment: { body: string } }>("GET", path, { token: workerToken });
      return report.comment.body;
    };
    // Of a stranger's own pull request.
    await world.tell("edited", { headRepository: "stranger/shop", second: 1 });
    const plain = await body();
    await world.comment("/seatrial explode", "stranger");
    expect(await body()).toBe(plain);
    expect(await world.judge("read")).toEqual(["refused"]);
    expect(await body()).toBe(plain);
    hub.clock.advance(1);
    await world.comment("/seatrial explode", "maintainer");
    expect(await world.judge("write")).toEqual(["refused"]);
    const refused = await body();
    expect(refused).toContain("`maintainer` was refused");
    hub.clock.advance(1);
    await world.comment("/seatrial down", "stranger");
    expect(await body()).toBe(refused);
    await world.judge("none");
    expect(await body()).toBe(refused);
  });

  test("down holds until the next commit, and is overtaken by one that came in between", async () => {
    const world = await newWorld();
    await world.comment("/seatrial down", "maintainer");
    expect(await world.judge("write")).toEqual(["done"]);
    expect((await world.row()).wanted).toBe(false);
    await world.tell("synchronize", { sha: second, second: 2 }, { before: first });
    expect((await world.row()).wanted).toBe(true);
    await world.comment("/seatrial down", "maintainer");
    await world.tell("synchronize", { sha: shaOf("d"), second: 3 }, { before: second });
    expect(await world.judge("write")).toEqual(["refused"]);
    expect(await world.row()).toMatchObject({ wanted: true });
    expect((await world.pull()).commands.some(({ reason }) => reason?.includes("came in between"))).toBe(
      true,
    );
  });

  test("a re-run at the check is the command rerun of who pressed it, of one of several checks or of all", async () => {
    const world = await newWorld();
    const sender = { login: "maintainer", type: "User" };
    const pressed = (event: string, sha: string) =>
      world.send(event, {
        action: "rerequested",
        [event]: { id: 5, head_sha: sha, pull_requests: [] },
        sender,
      });
    expect((await pressed("check_run", first)).ignored).toBeNull();
    expect((await pressed("check_suite", first)).ignored).toBeNull();
    expect((await pressed("check_run", second)).ignored).toContain("no open pull request");
    expect((await world.pull()).commands).toMatchObject([
      { kind: "rerun", source: "check", by: "maintainer", state: "pending" },
      { kind: "rerun", source: "check", by: "maintainer", state: "pending" },
    ]);
    const bot = { login: "retry[bot]", type: "Bot" };
    const byBot = { action: "rerequested", check_run: { id: 5, head_sha: first }, sender: bot };
    expect((await world.send("check_run", byBot)).ignored).toBe("bots give no commands");
    await world.tell("synchronize", { sha: second, second: 2 }, { before: first });
    expect(await world.judge("write")).toEqual(["refused", "refused"]);
  });

  test("extend and rerun are refused while there is nothing to keep or to repeat", async () => {
    const world = await newWorld();
    await world.comment("/seatrial extend 4h", "maintainer", { id: 1 });
    await world.comment("/seatrial rerun", "maintainer", { id: 2 });
    expect(await world.judge("write")).toEqual(["refused", "refused"]);
    const reasons = (await world.pull()).commands.map(({ reason }) => reason);
    expect(reasons).toContain("there is no environment to keep: bring it with /seatrial up");
    expect(reasons.some((reason) => reason?.includes("is not done yet"))).toBe(true);
  });

  test("more than fifty that wait are not taken: each costs a question to the forge", async () => {
    const world = await newWorld();
    const answers: (string | null)[] = [];
    for (let id = 1; id <= 52; id += 1)
      answers.push((await world.comment("/seatrial down", "stranger", { id })).ignored);
    expect(answers.filter((ignored) => ignored === null)).toHaveLength(50);
    expect(answers.at(-1)).toContain("50 commands");
  });

  test("a token that may start runs gives commands at once; what cannot be done writes nothing", async () => {
    const world = await newWorld();
    const down = await world.command({ kind: "down" });
    expect(down.status).toBe(200);
    expect(await down.json()).toMatchObject({ commands: [{ kind: "down", source: "api", state: "done" }] });
    expect((await world.row()).wanted).toBe(false);
    expect((await world.command({ kind: "up" })).status).toBe(200);
    expect((await world.row()).wanted).toBe(true);
    const audit = await hub.json<{ items: { action: string }[] }>("GET", `${world.path}/audit?limit=200`);
    const actions = audit.items
      .map(({ action }) => action)
      .filter((action) => action.startsWith("pull_request."));
    expect(actions.sort()).toEqual(["pull_request.down", "pull_request.up"]);
    const before = await world.pull();
    expect(await problemOf(await world.command({ kind: "extend", argument: "4h" }))).toMatchObject({
      ...{ status: 409, code: "conflict", detail: expect.stringContaining("no environment to keep") },
    });
    expect(await problemOf(await world.command({ kind: "extend" }))).toMatchObject({ code: "conflict" });
    expect(await problemOf(await world.command({ kind: "approve" }))).toMatchObject({
      code: "invalid_request",
    });
    expect(await world.pull()).toEqual(before);
  });

  test("a token that only reads commands nothing, nor does another project's", async () => {
    const world = await newWorld();
    const other = await newWorld();
    const reader = (await world.token(["read"])).secret;
    expect(await problemOf(await world.command({ kind: "down" }, reader))).toMatchObject({
      code: "forbidden",
    });
    expect(await problemOf(await world.command({ kind: "down" }, other.runToken))).toMatchObject({
      code: "not_found",
    });
    const astray = `${other.path}/pull-requests/${world.id}/commands`;
    const answer = await hub.call("POST", astray, { token: other.runToken, body: { kind: "down" } });
    expect(await problemOf(answer)).toMatchObject({ code: "not_found" });
    const work = await hub.call("GET", `/worker/v1/pull-requests/${world.id}`, { token: world.runToken });
    expect(await problemOf(work)).toMatchObject({ code: "forbidden" });
    expect((await world.row()).wanted).toBe(true);
  });

  test("a command of one pull request is not one of another", async () => {
    const world = await newWorld();
    const other = await newWorld();
    await world.comment("/seatrial down", "maintainer");
    const [command] = await hub.deps.database
      .select()
      .from(pullRequestCommands)
      .where(eq(pullRequestCommands.pullRequestId, world.id));
    const path = `/worker/v1/pull-requests/${other.id}/commands/${command?.id}/judge`;
    const answer = await hub.call("POST", path, { token: workerToken, body: { permission: "admin" } });
    expect(await problemOf(answer)).toMatchObject({ code: "not_found" });
    expect((await world.pull()).commands).toMatchObject([{ state: "pending" }]);
  });

  test("on a closed pull request every command is refused", async () => {
    const world = await newWorld();
    await world.comment("/seatrial up", "maintainer", { id: 1 });
    await world.tell("closed", { state: "closed", merged: true, second: 2 });
    await world.comment("/seatrial down", "maintainer", { id: 2 });
    expect(await world.judge("admin")).toEqual(["refused", "refused"]);
    const { state, commands } = await world.pull();
    expect(state).toBe("merged");
    expect(new Set(commands.map(({ reason }) => reason))).toEqual(new Set(["pull request #12 is merged"]));
    expect(await problemOf(await world.command({ kind: "up" }))).toMatchObject({ code: "conflict" });
  });
});
