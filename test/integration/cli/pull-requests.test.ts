import { afterAll, beforeAll, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { type CliPlace, createCliPlace, listenOn } from "../../support/run-cli.ts";
import { adminToken, createTestHub, type TestHub } from "../../support/test-hub.ts";
import { createWebhookWorld, shaOf } from "../pull-requests/webhook-world.ts";

stopServerAfterTests();

const [database] = databases;
if (!database) throw new Error("there is no database to test on");

const [first, second] = [shaOf("a"), shaOf("c")];
const fork = { headRepository: "stranger/shop" };
let hub: TestHub;
let world: Awaited<ReturnType<typeof createWebhookWorld>>;
let server: Awaited<ReturnType<typeof listenOn>>;
let place: CliPlace;

beforeAll(async () => {
  hub = await createTestHub(database);
  world = await createWebhookWorld(hub);
  server = await listenOn(hub.app);
  place = await createCliPlace({
    SEATRIAL_HUB: server.url,
    SEATRIAL_TOKEN: adminToken,
    SEATRIAL_PROJECT: "shop",
  });
});
afterAll(async () => {
  await place?.close();
  await server?.close();
  await hub?.close();
});

async function say(...words: string[]): Promise<string> {
  const { code, out, err } = await place.run(words);
  if (code !== 0) throw new Error(`exit code ${code}: ${err}`);
  return out;
}

test("a repository is connected, listed with what keeps GitHub from answering, and disconnected", async () => {
  expect(await say("repository", "connect", "acme/bank", "--installation", "5")).toContain(
    "✓ acme/bank belongs to project shop",
  );
  const listed = await say("repository", "list");
  expect(listed).toMatch(/acme\/bank +2030-01-01 +not yet/);
  expect(listed).toMatch(/acme\/shop/);
  expect(await say("repository", "disconnect", "Acme/Bank")).toContain("acme/bank is disconnected");
  const again = await place.run(["repository", "disconnect", "acme/bank"]);
  expect(again).toMatchObject({ code: 4, err: expect.stringContaining("seatrial repository list") });
});

test("a fork's commit is shown with how to approve it, and approved by the start of its name alone", async () => {
  const title = "Add \u001B[31ma basket";
  await world.tell("opened", { ...fork, title });
  await world.comment("/seatrial approve", "stranger");
  const shown = await say("pull-request", "show", "acme/shop#12");
  expect(shown).toContain("acme/shop#12  open, from a fork  Add [31ma basket");
  expect(shown).toContain(`commit ${first.slice(0, 12)}  approval needed`);
  expect(shown).toContain(`seatrial approve acme/shop#12 --commit ${first.slice(0, 12)}`);
  expect(shown).toMatch(/\/unknown {2}by stranger \(comment\) {2}pending/);
  const unnamed = await place.run(["approve", "acme/shop#12"]);
  expect(unnamed).toMatchObject({ code: 64, err: expect.stringContaining("--commit") });
  const other = await place.run(["approve", "12", "--commit", shaOf("d").slice(0, 7)]);
  expect(other).toMatchObject({ code: 64, err: expect.stringContaining("has no commit ddddddd") });
  expect(await say("approve", "acme/shop#12", "--commit", first.slice(0, 7))).toContain(
    `✓ ${first.slice(0, 12)} of acme/shop#12 may run`,
  );
  expect((await world.pull()).commits).toMatchObject([{ sha: first, state: "fetching" }]);
});

test("an earlier commit is not approved any more, and the answer names the one that came after it", async () => {
  await world.tell("synchronize", { ...fork, sha: second, second: 2 }, { before: first });
  const late = await place.run(["approve", "acme/shop#12", "--commit", first]);
  expect(late.code).not.toBe(0);
  expect(late.err).toContain(`commit ${second.slice(0, 12)} came after ${first.slice(0, 12)}`);
});

test("pull requests are listed by program as well, and commanded from a terminal", async () => {
  const { items } = JSON.parse(await say("pr", "list", "-o", "json")) as { items: { number: number }[] };
  expect(items.map(({ number }) => number)).toEqual([12]);
  expect(await say("pr", "list", "--state", "open")).toMatch(
    new RegExp(`acme/shop#12 +open +${second.slice(0, 12)} +approval needed`),
  );
  expect(await say("pr", "down", "12")).toContain("✓ down acme/shop#12");
  const refused = await place.run(["pr", "extend", "12", "4h"]);
  expect(refused.code).not.toBe(0);
  expect(refused.err).toContain("no environment to keep");
  const none = await place.run(["pr", "show", "acme/shop#99"]);
  expect(none).toMatchObject({ code: 4, err: expect.stringContaining("seatrial pull-request list") });
});
