import type { PullRequestFacts } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { problemOf } from "../../support/hub-fixtures.ts";
import { createTestHub, type TestHub, workerToken } from "../../support/test-hub.ts";
import { createWebhookWorld, shaOf } from "./webhook-world.ts";

stopServerAfterTests();

const fork = { headRepository: "stranger/shop" };
const [first, second] = [shaOf("a"), shaOf("c")];

describe.each(databases)("the approval of a fork's commit on $name", (database) => {
  let hub: TestHub;
  let worlds = 0;
  beforeAll(async () => {
    hub = await createTestHub(database);
  });
  afterAll(() => hub.close());

  async function newWorld() {
    worlds += 1;
    const world = await createWebhookWorld(hub, `shop-${worlds}`, `acme/shop-${worlds}`);
    const manager = (await world.token(["read", "manage"])).secret;
    const approve = async (sha: string, token = manager) => {
      const { id } = await world.pull();
      return hub.call("POST", `${world.path}/pull-requests/${id}/approve`, { token, body: { sha } });
    };
    const commits = async () => (await world.pull()).commits.map(({ sha, state }) => ({ sha, state }));
    const facts = async () => {
      const { id } = await world.pull();
      return hub.json<PullRequestFacts>("GET", `/worker/v1/pull-requests/${id}`, { token: workerToken });
    };
    return { ...world, approve, commits, facts, manager };
  }

  test("is waited for: nothing of the commit is fetched before, and the reason says what to do", async () => {
    const world = await newWorld();
    await world.tell("opened", fork);
    const pull = await world.pull();
    expect(pull).toMatchObject({ fork: true, commits: [{ sha: first, state: "approval_needed" }] });
    expect(pull.commits[0]?.reason).toContain(`/seatrial approve ${first.slice(0, 12)}`);
    expect(await world.facts()).toMatchObject({ fetch: [], images: [] });
    const source = `/worker/v1/pull-requests/${pull.id}/commits/${first}/source`;
    const refused = await hub.call("GET", source, { token: workerToken });
    expect(refused.ok).toBe(false);
  });

  test("by a token with manage lets it be fetched, with the base's configuration, once and for good", async () => {
    const world = await newWorld();
    await world.tell("opened", { ...fork, baseSha: shaOf("b") });
    await world.takeOutbox();
    expect((await world.approve(first)).status).toBe(200);
    const pull = await world.pull();
    expect(pull.commits).toMatchObject([
      { sha: first, state: "fetching", reason: null, approvedBy: { kind: "token" } },
    ]);
    expect(pull.commands).toMatchObject([{ kind: "approve", argument: first, source: "api", state: "done" }]);
    expect(await world.takeOutbox()).toMatchObject([{ kind: "pull_request.changed" }]);
    expect(await world.facts()).toMatchObject({ fetch: [first] });
    const source = `/worker/v1/pull-requests/${pull.id}/commits/${first}/source`;
    const duty = await hub.json<{ configurationSha: string }>("GET", source, { token: workerToken });
    expect(duty).toMatchObject({ sha: first, configurationSha: shaOf("b") });
    expect((await world.approve(first)).status).toBe(200);
    expect(await world.takeOutbox()).toEqual([]);
    const audit = await hub.json<{ items: { action: string; data: object }[] }>("GET", `${world.path}/audit`);
    const approvals = audit.items.filter(({ action }) => action === "pull_request.approve");
    expect(approvals).toMatchObject([{ data: { sha: first, number: 12 } }]);
  });

  test("needs manage: a token that starts runs, another project's and none at all approve nothing", async () => {
    const world = await newWorld();
    const other = await newWorld();
    await world.tell("opened", fork);
    expect(await problemOf(await world.approve(first, world.runToken))).toMatchObject({ code: "forbidden" });
    expect(await problemOf(await world.approve(first, other.manager))).toMatchObject({ code: "not_found" });
    const { id } = await world.pull();
    const astray = await hub.call("POST", `${other.path}/pull-requests/${id}/approve`, {
      body: { sha: first },
    });
    expect(await problemOf(astray)).toMatchObject({ code: "not_found" });
    expect(await world.commits()).toEqual([{ sha: first, state: "approval_needed" }]);
  });

  test("approves nothing when a push came in between, by API, comment and label alike", async () => {
    const world = await newWorld();
    await world.tell("opened", fork);
    await world.comment(`/seatrial approve ${first.slice(0, 7)}`, "maintainer");
    hub.clock.advance(61);
    await world.label("seatrial:approve", "maintainer", { ...fork, second: 1, labels: ["seatrial:approve"] });
    await world.tell(
      "synchronize",
      { ...fork, sha: second, second: 2, labels: ["seatrial:approve"] },
      { before: first },
    );
    const late = await problemOf(await world.approve(first));
    expect(late).toMatchObject({ status: 409, code: "conflict" });
    expect(late.detail).toContain(second.slice(0, 12));
    expect(await world.judge("admin")).toEqual(["refused", "refused"]);
    expect((await world.pull()).commands.map(({ reason }) => reason?.includes("came after"))).toEqual([
      true,
      true,
    ]);
    expect((await world.commits())[0]).toEqual({ sha: second, state: "approval_needed" });
    expect(await world.facts()).toMatchObject({ fetch: [] });
  });

  test("is for one base: at another one the commit waits again, and that base's configuration counts", async () => {
    const world = await newWorld();
    await world.tell("opened", { ...fork, base: "legacy", baseSha: shaOf("b") });
    await world.approve(first);
    const base = { base: "main", baseSha: shaOf("d") };
    await world.tell("edited", { ...fork, ...base, second: 1 });
    expect(await world.commits()).toEqual([{ sha: first, state: "approval_needed" }]);
    expect(await world.facts()).toMatchObject({ fetch: [] });
    expect((await world.approve(first)).status).toBe(200);
    const { id } = await world.pull();
    const source = `/worker/v1/pull-requests/${id}/commits/${first}/source`;
    const duty = await hub.json<{ configurationSha: string }>("GET", source, { token: workerToken });
    expect(duty.configurationSha).toBe(shaOf("d"));
  });

  test("is for one base, also when it is the close that tells of another one, before or after it is carried out", async () => {
    for (const isAdvanced of [true, false]) {
      const world = await newWorld();
      await world.tell("opened", fork);
      await world.approve(first);
      const { id } = await world.pull();
      const advance = async () => {
        if (isAdvanced)
          await hub.json("POST", `/worker/v1/pull-requests/${id}/advance`, { token: workerToken });
      };
      // The event of the turn was lost.
      const elsewhere = { ...fork, base: "legacy", baseSha: shaOf("d") };
      await world.tell("closed", { ...elsewhere, state: "closed", second: 2 });
      await advance();
      await world.tell("reopened", { ...elsewhere, second: 3 });
      await advance();
      expect((await world.pull()).commits).toMatchObject([
        { sha: first, state: "approval_needed", approvedBy: null },
      ]);
      expect(await world.facts()).toMatchObject({ fetch: [] });
    }
  });

  test("by a comment or a label is for the base that its author saw: a turn before it is carried out undoes it", async () => {
    const world = await newWorld();
    await world.tell("opened", fork);
    hub.clock.advance(61);
    const labels = ["seatrial:approve"];
    await world.comment(`/seatrial approve ${first}`, "maintainer");
    await world.label("seatrial:approve", "maintainer", { ...fork, second: 1, labels });
    await world.tell("edited", { ...fork, second: 2, labels, base: "legacy", baseSha: shaOf("d") });
    expect(await world.judge("admin")).toEqual(["refused", "refused"]);
    const reasons = (await world.pull()).commands.map(({ reason }) => reason);
    expect(reasons.every((reason) => reason?.startsWith("it goes to legacy by now, not to main"))).toBe(true);
    expect(await world.commits()).toEqual([{ sha: first, state: "approval_needed" }]);
    await world.comment(`/seatrial approve ${first}`, "maintainer");
    expect(await world.judge("admin")).toEqual(["done"]);
    expect(await world.commits()).toEqual([{ sha: first, state: "fetching" }]);
  });

  test("by a label that is the first to tell of another base is none: nobody can have looked at it there", async () => {
    const world = await newWorld();
    await world.tell("opened", fork);
    hub.clock.advance(61);
    const turned = { ...fork, base: "legacy", second: 2, labels: ["seatrial:approve"] };
    await world.label("seatrial:approve", "maintainer", turned);
    expect(await world.judge("admin")).toEqual(["refused"]);
    expect(await world.commits()).toEqual([{ sha: first, state: "approval_needed" }]);
  });

  test("by a comment of the very second in which it was opened counts: no other base was there before", async () => {
    const world = await newWorld();
    await world.tell("opened", { ...fork, second: 5 });
    await world.comment(`/seatrial approve ${first}`, "maintainer", { second: 5 });
    expect(await world.judge("admin")).toEqual(["done"]);
    expect(await world.commits()).toEqual([{ sha: first, state: "fetching" }]);
  });

  test("by a comment that comes late counts only when it was written after the hub's telling of the base", async () => {
    const world = await newWorld();
    await world.tell("opened", fork);
    await world.tell("edited", { ...fork, base: "legacy", second: 10 });
    // Written while it still went to main, and its event was held up.
    await world.comment(`/seatrial approve ${first}`, "maintainer", { second: 10 });
    expect(await world.judge("admin")).toEqual(["refused"]);
    expect((await world.pull()).commands[0]?.reason).toContain("it came late");
    expect(await world.commits()).toEqual([{ sha: first, state: "approval_needed" }]);
    await world.comment(`/seatrial approve ${first}`, "maintainer", { second: 11 });
    expect(await world.judge("admin")).toEqual(["done"]);
    expect(await world.commits()).toEqual([{ sha: first, state: "fetching" }]);
  });

  test("of a commit that was taken down counts when it is brought again", async () => {
    const world = await newWorld();
    await world.tell("opened", fork);
    const { id } = await world.pull();
    const command = (kind: string) =>
      hub.json("POST", `${world.path}/pull-requests/${id}/commands`, { body: { kind } });
    await command("down");
    await hub.json("POST", `/worker/v1/pull-requests/${id}/advance`, { token: workerToken });
    expect(await world.commits()).toEqual([{ sha: first, state: "cancelled" }]);
    expect((await world.approve(first)).status).toBe(200);
    await command("up");
    await hub.json("POST", `/worker/v1/pull-requests/${id}/advance`, { token: workerToken });
    expect((await world.pull()).commits).toMatchObject([
      { sha: first, state: "fetching", approvedBy: { kind: "token" } },
    ]);
    expect(await world.facts()).toMatchObject({ fetch: [first] });
  });

  test("is for one commit: the next one needs its own, and the branch set back to the approved one does not", async () => {
    const world = await newWorld();
    await world.tell("opened", fork);
    await world.approve(first);
    await world.tell("synchronize", { ...fork, sha: second, second: 2 }, { before: first });
    expect((await world.commits())[0]).toEqual({ sha: second, state: "approval_needed" });
    await world.tell("synchronize", { ...fork, sha: first, second: 3 }, { before: second });
    expect((await world.commits())[0]).toEqual({ sha: first, state: "fetching" });
    await world.tell("synchronize", { ...fork, sha: second, second: 4 }, { before: first });
    expect((await world.commits())[0]).toEqual({ sha: second, state: "approval_needed" });
  });

  test("by a comment counts from people who may write, and says of all others that they may not", async () => {
    const world = await newWorld();
    await world.tell("opened", fork);
    for (const permission of ["none", "read", "triage"]) {
      await world.comment(`/seatrial approve ${first}`, `with-${permission}`);
      expect([permission, await world.judge(permission)]).toEqual([permission, ["refused"]]);
    }
    expect(await world.commits()).toEqual([{ sha: first, state: "approval_needed" }]);
    await world.comment(`/seatrial approve ${first.slice(0, 8)}`, "maintainer");
    expect(await world.judge("write")).toEqual(["done"]);
    expect((await world.pull()).commits).toMatchObject([
      { state: "fetching", approvedBy: { kind: "user", id: "github:maintainer", name: "maintainer" } },
    ]);
  });

  test("by a comment that names no commit, or one that nobody knows, is refused with what to write", async () => {
    const world = await newWorld();
    await world.tell("opened", fork);
    await world.comment("/seatrial approve", "maintainer", { id: 1 });
    await world.comment("/seatrial approve abc", "maintainer", { id: 2 });
    await world.comment(`/seatrial approve ${shaOf("d")}`, "maintainer", { id: 3 });
    expect(await world.judge("admin")).toEqual(["refused", "refused", "refused"]);
    const reasons = (await world.pull()).commands.map(({ reason }) => reason ?? "");
    expect(reasons.filter((reason) => reason.includes("/seatrial approve 4f2c1e9"))).toHaveLength(2);
    expect(reasons.filter((reason) => reason.includes(first.slice(0, 12)))).toHaveLength(1);
    expect(await world.commits()).toEqual([{ sha: first, state: "approval_needed" }]);
  });

  test("by the label counts for a commit that the hub was told of before", async () => {
    const world = await newWorld();
    await world.tell("opened", fork);
    hub.clock.advance(61);
    await world.label("Seatrial:Approve", "maintainer", { ...fork, second: 1, labels: ["Seatrial:Approve"] });
    expect((await world.pull()).commands).toMatchObject([
      { kind: "approve", argument: first, by: "maintainer" },
    ]);
    expect(await world.judge("maintain")).toEqual(["done"]);
    expect(await world.commits()).toEqual([{ sha: first, state: "fetching" }]);
  });

  test("by the label does not count for a commit that comes with it: nobody can have seen it", async () => {
    const world = await newWorld();
    await world.tell("opened", fork);
    // The push came just before the label, and its own event is late.
    const pushed = { ...fork, sha: second, second: 2, labels: ["seatrial:approve"] };
    await world.label("seatrial:approve", "maintainer", pushed);
    expect(await world.judge("admin")).toEqual(["refused"]);
    await world.tell("synchronize", pushed, { before: first });
    expect((await world.commits())[0]).toEqual({ sha: second, state: "approval_needed" });
    expect((await world.pull()).commands[0]?.reason).toContain("put it on again");
    // Off and on again, now that everybody knows the commit.
    await world.tell("unlabeled", { ...pushed, labels: [], second: 3 });
    hub.clock.advance(61);
    await world.label("seatrial:approve", "maintainer", { ...pushed, second: 4 });
    expect(await world.judge("admin")).toEqual(["done"]);
    expect((await world.commits())[0]).toEqual({ sha: second, state: "fetching" });
  });

  test("by the label does not count for a commit that became the head a moment ago, also one of earlier", async () => {
    const world = await newWorld();
    await world.tell("opened", fork);
    hub.clock.advance(600);
    await world.tell("synchronize", { ...fork, sha: second, second: 2 }, { before: first });
    hub.clock.advance(59);
    const labeled = { ...fork, sha: second, labels: ["seatrial:approve"] };
    await world.label("seatrial:approve", "maintainer", { ...labeled, second: 3 });
    // Back to the commit that everybody had known for long.
    await world.tell("synchronize", { ...fork, sha: first, second: 4 }, { before: second });
    await world.label("seatrial:approve", "maintainer", { ...labeled, sha: first, second: 5 });
    expect(await world.judge("admin")).toEqual(["refused", "refused"]);
    expect((await world.pull()).commands.every(({ reason }) => reason?.includes("came just now"))).toBe(true);
    hub.clock.advance(61);
    await world.label("seatrial:approve", "maintainer", { ...labeled, sha: first, second: 6 });
    expect(await world.judge("admin")).toEqual(["done"]);
  });

  test("by a bot's label is none: it labels by rule what nobody looked at", async () => {
    const world = await newWorld();
    await world.tell("opened", fork);
    hub.clock.advance(61);
    const labeled = { ...fork, second: 1, labels: ["seatrial:approve"] };
    const answer = await world.label("seatrial:approve", "labeler[bot]", labeled);
    expect(answer.ignored).toBe("bots give no commands");
    expect(await world.pull()).toMatchObject({ labels: ["seatrial:approve"], commands: [] });
  });

  test("by the label is taken back by taking the label off before anybody asked who put it there", async () => {
    const world = await newWorld();
    await world.tell("opened", fork);
    hub.clock.advance(61);
    await world.label("seatrial:approve", "maintainer", { ...fork, second: 1, labels: ["seatrial:approve"] });
    await world.tell("unlabeled", { ...fork, second: 2, labels: [] });
    expect(await world.judge("admin")).toEqual(["refused"]);
    expect(await world.commits()).toEqual([{ sha: first, state: "approval_needed" }]);
  });

  test("by the label of somebody without write access approves nothing, nor does a fork's own label", async () => {
    const world = await newWorld();
    await world.tell("opened", { ...fork, labels: ["seatrial:approve"] });
    expect((await world.pull()).commands).toEqual([]);
    hub.clock.advance(61);
    await world.label("seatrial:approve", "stranger", { ...fork, second: 1, labels: ["seatrial:approve"] });
    expect(await world.judge("triage")).toEqual(["refused"]);
    expect(await world.commits()).toEqual([{ sha: first, state: "approval_needed" }]);
  });

  test("is not needed for a branch of the repository itself, however its name is spelt", async () => {
    const world = await newWorld();
    const own = world.repository.name.toUpperCase();
    await world.tell("opened", { headRepository: own });
    expect(await world.commits()).toEqual([{ sha: first, state: "fetching" }]);
    expect((await world.approve(first)).status).toBe(200);
    expect(await world.commits()).toEqual([{ sha: first, state: "fetching" }]);
  });

  test("is needed when the head's repository is gone: nobody knows whose it was", async () => {
    const world = await newWorld();
    await world.tell("opened", { headRepository: null });
    expect(await world.commits()).toEqual([{ sha: first, state: "approval_needed" }]);
  });

  test("of a closed pull request is refused, and opened again it is needed as before", async () => {
    const world = await newWorld();
    await world.tell("opened", fork);
    await world.tell("closed", { ...fork, state: "closed", second: 2 });
    expect(await problemOf(await world.approve(first))).toMatchObject({ code: "conflict" });
    const { id } = await world.pull();
    await hub.json("POST", `/worker/v1/pull-requests/${id}/advance`, { token: workerToken });
    await world.tell("reopened", { ...fork, second: 3 });
    await hub.json("POST", `/worker/v1/pull-requests/${id}/advance`, { token: workerToken });
    expect(await world.commits()).toEqual([{ sha: first, state: "approval_needed" }]);
    await world.comment("/seatrial up", "maintainer");
    await world.comment("/seatrial rerun", "maintainer");
    await world.judge("admin");
    expect(await world.commits()).toEqual([{ sha: first, state: "approval_needed" }]);
    expect(await world.facts()).toMatchObject({ fetch: [] });
  });
});
