import type { LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { Run, Shard } from "@seatrial/contracts/runs/run.ts";
import type { SuiteSpecInput } from "@seatrial/contracts/suites/suite-spec.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { problemOf } from "../../support/hub-fixtures.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld, pytestSuite } from "../../support/lease-world.ts";
import type { TestAgent } from "../../support/test-agent.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

const eachRegion = { clusters: { each: "region" } };

describe.each(databases)("clusters: {each: …} on $name", (database) => {
  let world: LeaseWorld;
  let east: TestAgent;
  let west: TestAgent;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
    await world.project("shop");
    east = await world.agent("c-east", { labels: { region: "east" } });
    west = await world.agent("c-west", { labels: { region: "west" } });
  });
  afterEach(() => world.hub.close());

  const post = (path: string, body: object) => world.hub.call("POST", `/v1/projects/shop/${path}`, { body });
  const start = async (...suites: SuiteSpecInput[]) =>
    world.run("shop", await world.startRun("shop", suites));
  const show = (run: Run) => world.run("shop", run.id);
  const refused = async (suites: SuiteSpecInput[], more: object = {}) =>
    problemOf(await post("runs", { suites, ...more }));
  async function take(agent: TestAgent): Promise<LeaseGrant[]> {
    const { leases } = await agent.claim();
    if (leases.length > 0) await agent.acknowledge(leases.map(({ leaseId }) => leaseId));
    for (const { leaseId } of leases) await agent.progress(leaseId, "running");
    return leases;
  }
  async function finish(agent: TestAgent, exit = {}): Promise<void> {
    for (const { leaseId } of await take(agent)) await agent.finish(leaseId, exit);
    await world.work();
  }

  it("runs a suite once in each place, and nowhere else", async () => {
    const run = await start(commandSuite({ ...eachRegion, shards: 2 }), commandSuite({ name: "web" }));
    expect(run.suites.map(({ name, origin, place }) => [name, origin, place])).toEqual([
      ["api@east", "api", { label: "region", value: "east" }],
      ["api@west", "api", { label: "region", value: "west" }],
      ["web", null, null],
    ]);
    const inWest = await take(west);
    expect(inWest.map(({ work }) => work.suite).toSorted()).toEqual(["api@west", "api@west", "web"]);
    expect(inWest.map(({ work }) => work.env.SEATRIAL_CLUSTER)).toEqual(["c-west", "c-west", "c-west"]);
    expect((await take(east)).map(({ work }) => work.suite)).toEqual(["api@east", "api@east"]);
  });

  it("keeps one definition of a suite that has copies", async () => {
    await start(commandSuite(eachRegion));
    const { items } = await world.hub.json<{ items: { name: string }[] }>("GET", "/v1/projects/shop/suites");
    expect(items.map(({ name }) => name)).toEqual(["api"]);
  });

  it("takes each cluster as a place of its own by its name", async () => {
    await world.agent("c-west-2", { labels: { region: "west" } });
    const run = await start(commandSuite({ clusters: { each: "cluster", labels: { region: "west" } } }));
    expect(run.suites.map(({ name }) => name)).toEqual(["api@c-west", "api@c-west-2"]);
    expect((await take(west)).map(({ work }) => work.suite)).toEqual(["api@c-west"]);
    expect(await take(east)).toEqual([]);
  });

  it("gives a value that no address may hold a name that one may", async () => {
    await world.agent("c-odd", { labels: { region: "we st/1" } });
    await world.agent("c-even", { labels: { region: "we st?1" } });
    const run = await start(commandSuite(eachRegion));
    expect(run.suites.map(({ name }) => name)).toEqual([
      "api@east",
      "api@we-st-1",
      "api@we-st-1-2",
      "api@west",
    ]);
    expect(run.suites[1]?.place?.value).toBe("we st/1");
  });

  it("refuses a suite that no cluster matches and says why of each", async () => {
    await world.joinToken("c-new", { labels: { region: "north" } });
    await world.agent("c-plain");
    await world.project("other");
    await world.agent("c-others", { labels: { region: "south" }, projects: ["other"] });
    await world.hub.json("POST", "/v1/clusters/c-west/revoke");
    const problem = await refused([
      commandSuite({ clusters: { each: "region", labels: { region: "middle" } } }),
    ]);
    expect(problem).toMatchObject({ status: 422, code: "invalid_request" });
    expect(problem.detail).toContain(
      "suite \"api\" asks for a copy in each region, and no cluster matches: c-east has not region=middle; c-new has no agent: none has joined; c-plain has no label 'region'; c-west was revoked",
    );
    expect(problem.detail).not.toContain("c-others");
  });

  it("takes no name that every object has for a label of a cluster", async () => {
    expect((await refused([commandSuite({ clusters: { each: "constructor" } })])).detail).toContain(
      "c-east has no label 'constructor'",
    );
  });

  it("has no copy where a taint keeps it away, unless it tolerates that", async () => {
    await world.agent("c-gpu", { labels: { region: "gpu" }, taints: [{ key: "gpu" }] });
    const clusters = { each: "region", labels: { region: "gpu" } };
    expect((await refused([commandSuite({ clusters })])).detail).toContain(
      "c-gpu has the taint gpu, which the suite does not tolerate",
    );
    const run = await start(commandSuite({ clusters: { ...clusters, tolerate: [{ key: "gpu" }] } }));
    expect(run.suites.map(({ name }) => name)).toEqual(["api@gpu"]);
  });

  it("refuses more copies than a run may have", async () => {
    const suites = Array.from({ length: 26 }, (_, index) =>
      commandSuite({ name: `s${index}`, ...eachRegion }),
    );
    expect((await refused(suites)).detail).toContain("makes 52 suites, and a run has at most 50");
  });

  it("refuses copies of an environment that only its own cluster reaches", async () => {
    const template = {
      components: [{ name: "web", kind: "manifests", path: "app.yaml" }],
      expose: { web: { port: 80 } },
    };
    const environment = { name: "preview", template, contentSha256: "0".repeat(64) };
    const problem = await refused([commandSuite(eachRegion)], { environment });
    expect(problem.code).toBe("invalid_request");
    expect(problem.detail).toContain("endpoint 'web' has reach 'cluster'");
  });

  it("runs the same places again, and of a red run only the red ones", async () => {
    const run = await start(commandSuite(eachRegion));
    await finish(east);
    await finish(west, { exitCode: 1 });
    expect((await show(run)).state).toBe("failed");
    await world.agent("c-north", { labels: { region: "north" } });
    const again = (failed: boolean) =>
      world.hub.json<Run>("POST", `/v1/projects/shop/runs/${run.id}/rerun`, { body: { failed } });
    expect((await again(false)).suites.map(({ name }) => name)).toEqual(["api@east", "api@west"]);
    const red = await again(true);
    expect(red.suites).toMatchObject([{ name: "api@west", origin: "api", place: { value: "west" } }]);
    await world.work();
    const suites = (await take(west)).map(({ work }) => `${work.runId === red.id} ${work.suite}`);
    expect(suites).toContain("true api@west");
  });

  it("lists and splits each copy by its own cases", async () => {
    const run = await world.run("shop", await world.startRun("shop", [pytestSuite(eachRegion)], true));
    const list = async (agent: TestAgent, cases: string[]) => {
      const [listing] = await take(agent);
      if (listing === undefined) throw new Error("nothing to list");
      const text = JSON.stringify({ tool: "pytest", cases: cases.map((id) => ({ id })), errors: [] });
      await world.upload(listing, "list", "list.json", text);
      await agent.finish(listing.leaseId);
      await world.work();
    };
    await list(west, ["a", "b"]);
    await list(east, ["a"]);
    expect((await show(run)).suites.map(({ caseCount }) => caseCount)).toEqual([1, 2]);
    const results = await world.hub.json<{ items: unknown[] }>(
      "GET",
      `/v1/projects/shop/runs/${run.id}/results?suite=py@west`,
    );
    expect(results.items).toEqual([]);
  });

  describe("a place whose cluster is away", () => {
    /** Time passes while east and the worker go on. */
    async function wait(seconds: number): Promise<void> {
      for (let passed = 0; passed < seconds; passed += 10) {
        world.hub.clock.advance(10);
        await east.claim({ slotsFree: 0 });
        await world.tick();
      }
      await world.work();
    }
    const shardsOf = async (run: Run): Promise<Shard[]> => world.shards("shop", run.id);

    it("is errored with the reason, and the others tell their verdict", async () => {
      await west.claim({ slotsFree: 0 });
      await wait(100);
      const run = await start(commandSuite(eachRegion));
      expect(run.suites).toHaveLength(2);
      await finish(east);
      await wait(170);
      expect((await show(run)).state).toBe("running");
      await wait(30);
      const ended = await show(run);
      expect(ended.suites.map(({ name, state }) => [name, state])).toEqual([
        ["api@east", "passed"],
        ["api@west", "errored"],
      ]);
      expect(ended.state).toBe("errored");
      expect(ended.suites[1]?.reason).toMatch(/no cluster with region=west .* c-west is silent since/);
      expect((await shardsOf(run)).find(({ suite }) => suite === "api@west")?.attempts).toMatchObject([
        { exit: { reason: "cluster_absent" } },
      ]);
    });

    it("is waited for when it comes back in time", async () => {
      await wait(100);
      const run = await start(commandSuite(eachRegion));
      await finish(east);
      await wait(170);
      await finish(west);
      expect((await show(run)).state).toBe("passed");
    });

    /** As long as a place may be away and more, with both agents heard of and all slots busy. */
    async function waitBusy(): Promise<Run> {
      const run = await start(commandSuite(eachRegion));
      await finish(east);
      for (let passed = 0; passed < 200; passed += 10) {
        await west.claim({ slotsFree: 0 });
        await wait(10);
      }
      return run;
    }
    const change = (body: object) => world.hub.json("PATCH", "/v1/clusters/c-west", { body });
    const token = (region: string) => world.joinToken("c-west", { labels: { region } });

    it("is waited for when its cluster is revoked and another one joins there", async () => {
      const run = await waitBusy();
      await world.hub.json("POST", "/v1/clusters/c-west/revoke");
      await wait(20);
      expect((await show(run)).state).toBe("running");
      await finish(await world.agent("c-west-2", { labels: { region: "west" } }));
      expect((await show(run)).state).toBe("passed");
    });

    it("is waited for when its cluster is revoked and may join again", async () => {
      const run = await waitBusy();
      await world.hub.json("POST", "/v1/clusters/c-west/revoke");
      await token("west");
      await wait(20);
      expect((await show(run)).state).toBe("running");
      await finish(await world.agent("c-west", { labels: { region: "west" } }));
      expect((await show(run)).state).toBe("passed");
    });

    it.each([
      ["a taint", () => change({ taints: [{ key: "upgrade" }] })],
      ["another label", () => change({ labels: { region: "north" } })],
      ["another label, with a join token", () => token("north")],
      ["no project", () => change({ projects: ["other"] })],
    ])("is waited for when its last cluster has %s for a moment", async (_what, spoil) => {
      await world.project("other");
      await world.agent("c-gone", { labels: { region: "west" } });
      const run = await waitBusy();
      await spoil();
      await wait(20);
      expect((await show(run)).state).toBe("running");
      await change({ labels: { region: "west" }, taints: [], projects: ["shop"] });
      await finish(west);
      expect((await show(run)).state).toBe("passed");
    });

    it.each([
      ["was revoked", () => world.hub.json("POST", "/v1/clusters/c-west/revoke")],
      ["has other labels", () => change({ labels: { region: "north" } })],
    ])("ends with the reason when its cluster %s for good", async (_what, spoil) => {
      const run = await waitBusy();
      await spoil();
      for (let passed = 0; passed < 200; passed += 10) {
        await west.claim({ slotsFree: 0 }).catch(() => undefined);
        await wait(10);
      }
      expect((await show(run)).suites.map(({ state }) => state)).toEqual(["passed", "errored"]);
    });

    it("is not blamed for the time in which the hub itself was away", async () => {
      await west.claim({ slotsFree: 0 });
      const run = await start(commandSuite(eachRegion));
      await finish(east);
      await world.tick();
      world.hub.clock.advance(3_600);
      await world.tick();
      await world.work();
      expect((await show(run)).state).toBe("running");
      await finish(west);
      expect((await show(run)).state).toBe("passed");
    });
  });
});
