import type { PullRequestFacts } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import {
  asWorker,
  type CommitWorld,
  createPullRequestShop,
  openCommitWorld,
  shopFile,
} from "../../support/pull-request-shop.ts";

stopServerAfterTests();

const name = "registry.example.com:5000/acme/checkout";
const digest = `sha256:${"a".repeat(64)}`;
const withImage = (reference: string) =>
  shopFile().replace("    ttl: 2h", `    images: {checkout: "${reference}"}\n    ttl: 2h`);
const files = { "seatrial.yaml": withImage(`${name}:\${change.sha}`) };

describe.each(databases)("images of a commit on $name", (database) => {
  let world: CommitWorld;
  beforeAll(async () => {
    world = await openCommitWorld(database);
  });
  afterAll(() => world.close());
  const facts = (id: string) => asWorker<PullRequestFacts>(world.hub, "GET", id);

  it("are awaited, and then pinned by their digests in all that is made of them", async () => {
    const shop = await createPullRequestShop(world, files);
    const pull = await shop.open();
    const image = `${name}:${pull.headSha}`;
    expect(await shop.show(pull)).toMatchObject({
      commits: [{ state: "images", reason: `waits for image ${image}`, images: {} }],
      environments: [],
    });
    expect(await shop.runs()).toEqual([]);
    world.registry.set(image, { digest });
    expect(await facts(pull.id)).toMatchObject({ images: [pull.headSha], lookInSeconds: 5 });
    world.hub.clock.advance(5);
    await world.look(pull.id);
    await world.workflows.work();
    const [commit] = (await shop.show(pull)).commits;
    expect(commit).toMatchObject({ state: "running", reason: null, images: { [image]: digest } });
    expect(await shop.runOf(pull)).toMatchObject({ images: { [image]: digest } });
    const grant = await shop.begin("up");
    expect(grant.work.template.components[0]?.images).toEqual({ checkout: `${name}@${digest}` });
  });

  it("are looked for less and less often, at least each minute", async () => {
    const shop = await createPullRequestShop(world, files);
    const pull = await shop.open();
    const pauses: (number | null)[] = [];
    for (let looks = 0; looks < 12; looks += 1) {
      const { lookInSeconds } = await facts(pull.id);
      pauses.push(lookInSeconds);
      world.hub.clock.advance(lookInSeconds ?? 0);
      await world.look(pull.id);
      world.hub.clock.advance(60);
      await world.look(pull.id);
    }
    expect(pauses[0]).toBe(5);
    expect(pauses).toEqual(pauses.toSorted((left, right) => Number(left) - Number(right)));
    expect(pauses.at(-1)).toBe(60);
  });

  it("that never come make the commit errored by their name, and a rerun looks for them again", async () => {
    const shop = await createPullRequestShop(world, files);
    const pull = await shop.open();
    const image = `${name}:${pull.headSha}`;
    world.hub.clock.advance(1_799);
    await world.look(pull.id);
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "images" }]);
    world.registry.set(image, { problem: "the registry answered 401: no rights" });
    world.hub.clock.advance(60);
    await world.look(pull.id);
    const [commit] = (await shop.show(pull)).commits;
    expect(commit).toMatchObject({
      state: "errored",
      reason: `image ${image} was not there after 30 minutes: the registry answered 401: no rights: push it, then rerun`,
      runs: [{ name: "checks", runId: null, reason: expect.stringContaining(image) }],
    });
    expect((await shop.show(pull)).environments).toEqual([]);
    world.registry.set(image, { digest });
    await world.hub.json("POST", `${shop.path}/pull-requests/${pull.id}/commands`, {
      body: { kind: "rerun" },
    });
    await world.workflows.work();
    await shop.deploy();
    await shop.test();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "passed" }]);
  });

  it("of a commit that another came after are not looked for any more", async () => {
    const shop = await createPullRequestShop(world, files);
    const pull = await shop.open();
    const first = pull.headSha;
    const second = await pull.push({ "a.txt": "2" });
    await world.workflows.work();
    expect(await facts(pull.id)).toMatchObject({ images: [second] });
    expect(await asWorker(world.hub, "GET", `${pull.id}/commits/${first}/images`)).toEqual({ images: [] });
    const answer = { images: [{ image: `${name}:${first}`, digest, problem: null }] };
    await asWorker(world.hub, "POST", `${pull.id}/commits/${first}/images`, answer);
    expect((await shop.show(pull)).commits).toMatchObject([
      { state: "images", images: {} },
      { state: "superseded", images: {} },
    ]);
  });

  it("that nobody asked for are not taken from a registry's answer", async () => {
    const shop = await createPullRequestShop(world, files);
    const pull = await shop.open();
    const answer = { images: [{ image: "example.com/other:1", digest, problem: null }] };
    await asWorker(world.hub, "POST", `${pull.id}/commits/${pull.headSha}/images`, answer);
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "images", images: {} }]);
  });

  it("are not awaited where they are pinned already or not known before the environment is", async () => {
    const written = withImage(`${name}@${digest}`).replace(
      "checkout:",
      "other: 'x:${environment.id}', checkout:",
    );
    const shop = await createPullRequestShop(world, { "seatrial.yaml": written });
    const pull = await shop.open();
    expect((await shop.show(pull)).commits).toMatchObject([{ state: "running", images: {} }]);
  });

  it("that cannot be images are told at once", async () => {
    const written = withImage(`${name}:\${change.branch}`);
    const shop = await createPullRequestShop(world, { "seatrial.yaml": written });
    const pull = await shop.open({ branch: "feature/one" });
    expect((await shop.show(pull)).commits).toMatchObject([
      { state: "errored", reason: expect.stringContaining(`"${name}:feature/one" cannot be an image`) },
    ]);
  });
});
