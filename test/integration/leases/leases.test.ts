import type { Cluster } from "@seatrial/contracts/clusters/cluster.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { problemOf } from "../../support/hub-fixtures.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import type { TestAgent } from "../../support/test-agent.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("leases on $name", (database) => {
  let world: LeaseWorld;
  let east: TestAgent;
  let project: string;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
    east = await world.agent("east", { labels: { region: "eu" } });
    project = await world.project("shop", 4);
  });
  afterEach(() => world.hub.close());
  const start = (fields: Parameters<typeof commandSuite>[0] = {}) =>
    world.startRun(project, [commandSuite(fields)]);
  const claimIds = async (agent: TestAgent, fields: Parameters<TestAgent["claim"]>[0] = {}) =>
    (await agent.claim(fields)).leases.map(({ leaseId }) => leaseId);
  const code = async (answer: Response) => (await problemOf(answer)).code;
  const attemptStates = async (runId: string) =>
    (await world.shards(project, runId)).flatMap(({ attempts }) => attempts.map(({ state }) => state));

  it("are asked for by a member that was seen at that very moment, however soon it asks again", async () => {
    const seenAt = async () => {
      const { lastSeenAt } = await world.hub.json<Cluster>("GET", "/v1/clusters/east");
      return Date.parse(lastSeenAt ?? "");
    };
    await east.claim();
    const before = await seenAt();
    world.hub.clock.advance(0.2);
    await east.claim();
    expect((await seenAt()) - before).toBe(200);
  });

  describe("a hand-off", () => {
    it("whose answer was lost comes again to the same instance, with the same token", async () => {
      await start({ shards: 2 });
      const first = await east.claim();
      const second = await east.claim();
      expect(second.leases).toEqual(first.leases);
      const [one, two] = first.leases.map(({ leaseId }) => leaseId);
      expect(await claimIds(east, { running: [one ?? ""] })).toEqual([two]);
      await east.acknowledge([one ?? "", two ?? ""]);
      expect(await claimIds(east)).toEqual([]);
    });

    it("that nobody acknowledges goes back to the queue and costs no retry", async () => {
      const runId = await start({ infrastructureRetries: 0 });
      const [lost] = await claimIds(east);
      world.hub.clock.advance(21);
      expect(await east.acknowledge([lost ?? ""])).toEqual({ accepted: [], refused: [lost] });
      expect(await world.tick()).toMatchObject({ handedBack: 1, lost: 0 });
      expect(await attemptStates(runId)).toEqual(["queued"]);
      const [again] = await claimIds(east);
      expect(again).not.toBe(lost);
      expect(await code(await east.finish(lost ?? ""))).toBe("lease_stale");
      await east.finish(again ?? "");
      await world.work();
      expect((await world.run(project, runId)).state).toBe("passed");
    });

    it("whose work sends output was received, so it is not handed back", async () => {
      const runId = await start();
      const [lease] = await claimIds(east);
      await east.log(lease ?? "", 0, "hello");
      world.hub.clock.advance(21);
      expect(await world.tick()).toMatchObject({ handedBack: 0, lost: 0 });
      expect(await attemptStates(runId)).toEqual(["leased"]);
    });

    it("tells when the next deadline is", async () => {
      expect((await world.tick()).nextDueInSeconds).toBeNull();
      await start();
      const [lease] = await claimIds(east);
      expect((await world.tick()).nextDueInSeconds).toBe(20);
      await east.acknowledge([lease ?? ""]);
      expect((await world.tick()).nextDueInSeconds).toBe(60);
    });
  });

  describe("a lease", () => {
    it("lives by heartbeats", async () => {
      const runId = await start();
      const [lease] = await claimIds(east);
      await east.acknowledge([lease ?? ""]);
      for (let beat = 0; beat < 10; beat += 1) {
        world.hub.clock.advance(50);
        const { leases } = await east.heartbeat([lease ?? ""]);
        expect(leases[0]?.state).toBe("held");
        expect(await world.tick()).toMatchObject({ lost: 0 });
      }
      expect((await east.finish(lease ?? "")).status).toBe(200);
      await world.work();
      expect((await world.run(project, runId)).state).toBe("passed");
    });

    it("that expires is offered again, and the late result is refused", async () => {
      const runId = await start({ infrastructureRetries: 1 });
      const [lease] = await claimIds(east);
      await east.acknowledge([lease ?? ""]);
      world.hub.clock.advance(61);
      expect(await world.tick()).toMatchObject({ lost: 1 });
      expect((await east.heartbeat([lease ?? ""])).leases[0]?.state).toBe("disown");
      expect(await code(await east.finish(lease ?? "", { exitCode: 1 }))).toBe("lease_stale");
      expect(await code(await east.log(lease ?? "", 0, "late"))).toBe("lease_stale");
      expect(await code(await east.progress(lease ?? "", "running"))).toBe("lease_stale");
      await world.work();
      expect(await attemptStates(runId)).toEqual(["lost", "queued"]);
      const [second] = await claimIds(east);
      await east.finish(second ?? "");
      await world.work();
      expect((await world.run(project, runId)).state).toBe("passed");
    });

    it("that has run out is its holder's until the tick takes it back: a beat or a result that is faster counts", async () => {
      const runId = await start({ shards: 2 });
      const leases = await claimIds(east);
      await east.acknowledge(leases);
      world.hub.clock.advance(61);
      expect((await east.heartbeat(leases.slice(0, 1))).leases[0]?.state).toBe("held");
      expect((await east.finish(leases[1] ?? "")).status).toBe(200);
      expect(await world.tick()).toMatchObject({ lost: 0 });
      expect((await east.finish(leases[0] ?? "")).status).toBe(200);
      await world.work();
      expect((await world.run(project, runId)).state).toBe("passed");
    });

    it("lost more often than infrastructureRetries allow makes the run errored, and says why", async () => {
      const runId = await start({ infrastructureRetries: 1 });
      for (let round = 0; round < 2; round += 1) {
        await east.acknowledge(await claimIds(east));
        world.hub.clock.advance(61);
        await world.tick();
        await world.work();
      }
      const run = await world.run(project, runId);
      expect(run.state).toBe("errored");
      expect(run.suites[0]?.reason).toContain("its lease ran out");
      expect(run.suites[0]?.reason).toContain("after 1 infrastructure retries");
    });

    it("of another cluster is refused, and nothing is written", async () => {
      const west = await world.agent("west");
      const runId = await start();
      const [lease] = await claimIds(east);
      for (const answer of [
        await west.finish(lease ?? ""),
        await west.progress(lease ?? "", "running"),
        await west.log(lease ?? "", 0, "x"),
      ])
        expect([answer.status, await code(answer)]).toEqual([403, "lease_not_yours"]);
      expect(await west.acknowledge([lease ?? ""])).toEqual({ accepted: [], refused: [lease] });
      expect((await west.heartbeat([lease ?? ""])).leases[0]?.state).toBe("disown");
      expect((await west.adopt([lease ?? ""])).disowned).toEqual([lease]);
      expect(await attemptStates(runId)).toEqual(["leased"]);
    });

    it("is finished once: a repeat gets the same answer and changes nothing", async () => {
      const runId = await start();
      const [lease] = await claimIds(east);
      expect(await (await east.finish(lease ?? "", { exitCode: 1 })).json()).toEqual({
        state: "failed",
        duplicate: false,
      });
      expect(await (await east.finish(lease ?? "", { exitCode: 0 })).json()).toEqual({
        state: "failed",
        duplicate: true,
      });
      await world.work();
      expect((await world.run(project, runId)).state).toBe("failed");
    });
  });

  describe("placement", () => {
    it("asks for the suite's labels", async () => {
      const west = await world.agent("west", { labels: { region: "us" } });
      await start({ clusters: { labels: { region: "eu" } } });
      expect(await claimIds(west)).toEqual([]);
      expect(await claimIds(east)).toHaveLength(1);
    });

    it("says what a shard waits for, until it is granted", async () => {
      const runId = await start({ clusters: { labels: { region: "us" } } });
      const reason = async () => (await world.shards(project, runId))[0]?.reason;
      await world.tick();
      expect(await reason()).toBeNull();
      world.hub.clock.advance(11);
      await world.tick();
      expect(await reason()).toBe("waits: no cluster has the labels region=us");
      const west = await world.agent("west", { labels: { region: "us" } });
      await world.tick();
      expect(await reason()).toBe("waits: west has an agent that has not asked for work yet");
      await west.claim();
      expect(await reason()).toBeNull();
    });

    it("keeps a cluster to the projects it is for", async () => {
      await world.project("other");
      const closed = await world.agent("closed", { projects: ["other"] });
      await start();
      expect(await claimIds(closed)).toEqual([]);
      expect(await claimIds(east)).toHaveLength(1);
    });

    it("gives no more than the slots and the room that the agent has", async () => {
      await start({ shards: 4, resources: { cpuMillis: 1_000, memoryBytes: 512 * 1_048_576 } });
      expect(await claimIds(east, { slotsFree: 0 })).toEqual([]);
      const room = { cpuMillis: 2_500, memoryBytes: 64 * 1024 ** 3, pods: 50 };
      const given = await claimIds(east, { allocatable: room });
      expect(given).toHaveLength(2);
      // The agent has not heard of the two yet, so what it calls free is not.
      expect(await claimIds(east, { allocatable: room })).toEqual(given);
      await east.acknowledge(given);
      expect(await claimIds(east, { allocatable: room })).toEqual([]);
      expect(await claimIds(east, { allocatable: room, running: given })).toHaveLength(2);
    });

    it("never exceeds the project's quota over all clusters, and goes on when one ends", async () => {
      const west = await world.agent("west");
      await start({ shards: 9 });
      const [a, b] = [await claimIds(east, { slotsFree: 3 }), await claimIds(west)];
      expect([a.length, b.length]).toEqual([3, 1]);
      await west.acknowledge(b);
      await west.finish(b[0] ?? "");
      expect(await claimIds(west)).toHaveLength(1);
    });

    it("takes turns between projects", async () => {
      await start({ shards: 4 });
      await world.project("late");
      await world.startRun("late", [commandSuite({ shards: 4 })]);
      const { leases } = await east.claim({ slotsFree: 4 });
      expect(leases.map(({ work }) => work.project).sort()).toEqual(["late", "late", "shop", "shop"]);
    });
  });

  describe("a held claim", () => {
    it("answers as soon as there is work, on whichever replica it was made", async () => {
      const replica = await world.hub.replica();
      const held = east.claim({ waitSeconds: 20 }, replica);
      const started = performance.now();
      await start();
      expect((await held).leases).toHaveLength(1);
      expect(performance.now() - started).toBeLessThan(10_000);
    });

    it("answers as soon as what it runs is cancelled", async () => {
      const runId = await start();
      const [lease] = await claimIds(east);
      await east.acknowledge([lease ?? ""]);
      const held = east.claim({ waitSeconds: 20, running: [lease ?? ""] });
      await world.cancelRun(project, runId);
      expect((await held).cancelled).toEqual([lease]);
    });

    it("names what is not its own (any more) as disowned", async () => {
      expect((await east.claim({ running: ["l-unknown"] })).disowned).toEqual(["l-unknown"]);
    });
  });

  describe("a cancel", () => {
    it("ends what waits at once and what runs with the agent's answer", async () => {
      const runId = await start({ shards: 2 });
      const [lease] = await claimIds(east, { slotsFree: 1 });
      await east.acknowledge([lease ?? ""]);
      await world.cancelRun(project, runId);
      await world.work();
      expect((await world.run(project, runId)).state).toBe("running");
      expect((await east.heartbeat([lease ?? ""])).leases[0]?.state).toBe("cancel");
      expect(
        await (await east.finish(lease ?? "", { reason: "cancelled", exitCode: null })).json(),
      ).toMatchObject({ state: "cancelled" });
      await world.work();
      expect((await world.run(project, runId)).state).toBe("cancelled");
      expect(await claimIds(east)).toEqual([]);
    });

    it("ends the run even if the agent only sends heartbeats and never stops", async () => {
      const runId = await start();
      const [lease] = await claimIds(east);
      await east.acknowledge([lease ?? ""]);
      await world.cancelRun(project, runId);
      await world.work();
      for (let beat = 0; beat < 7; beat += 1) {
        world.hub.clock.advance(10);
        await east.heartbeat([lease ?? ""]);
        await world.tick();
        await world.work();
      }
      expect((await world.run(project, runId)).state).toBe("cancelled");
      expect((await east.heartbeat([lease ?? ""])).leases[0]?.state).toBe("disown");
    });

    it("refuses an acknowledgement that comes after it, so no pod is made", async () => {
      const runId = await start();
      const [lease] = await claimIds(east);
      await world.cancelRun(project, runId);
      expect(await east.acknowledge([lease ?? ""])).toEqual({ accepted: [], refused: [lease] });
      world.hub.clock.advance(21);
      await world.tick();
      await world.work();
      expect((await world.run(project, runId)).state).toBe("cancelled");
    });

    it("between a grant and its acknowledgement ends with the agent's next claim, not at a deadline", async () => {
      const runId = await start();
      const [lease] = await claimIds(east);
      await world.cancelRun(project, runId);
      expect((await east.claim({ running: [lease ?? ""] })).cancelled).toEqual([lease]);
      expect(await attemptStates(runId)).toEqual(["leased"]);
      expect(await east.acknowledge([lease ?? ""])).toEqual({ accepted: [], refused: [lease] });
      expect(await claimIds(east)).toEqual([]);
      expect(await attemptStates(runId)).toEqual(["cancelled"]);
      await world.work();
      expect((await world.run(project, runId)).state).toBe("cancelled");
    });

    it("before the plan leaves nothing to run", async () => {
      const runId = await world.createRun(project, [commandSuite()]);
      await world.cancelRun(project, runId);
      await world.work();
      expect((await world.run(project, runId)).state).toBe("cancelled");
      expect(await claimIds(east)).toEqual([]);
    });
  });

  describe("adoption after a restart", () => {
    it("moves leases whose pods run to the new instance, and fences the old one", async () => {
      const runId = await start();
      const [lease] = await claimIds(east);
      await east.acknowledge([lease ?? ""]);
      const old = east.instance;
      east.restart();
      const adopted = await east.adopt([lease ?? ""]);
      expect(adopted.held.map(({ leaseId }) => leaseId)).toEqual([lease]);
      const young = east.instance;
      east.instance = old;
      expect(await code(await east.finish(lease ?? "", { exitCode: 1 }))).toBe("lease_stale");
      east.instance = young;
      expect((await east.finish(lease ?? "")).status).toBe(200);
      await world.work();
      expect((await world.run(project, runId)).state).toBe("passed");
    });

    it("loses what has no pod at once, and hands back what was never acknowledged", async () => {
      const runId = await start({ shards: 2 });
      const [known] = await claimIds(east, { slotsFree: 1 });
      await east.acknowledge([known ?? ""]);
      await claimIds(east, { slotsFree: 1 });
      east.restart();
      expect(await east.adopt([])).toMatchObject({ held: [], cancelled: [], disowned: [] });
      expect((await attemptStates(runId)).sort()).toEqual(["lost", "queued"]);
    });

    it("may be repeated, and leaves what the new instance was given alone", async () => {
      const runId = await start();
      east.restart();
      await east.adopt([]);
      const [lease] = await claimIds(east);
      await east.acknowledge([lease ?? ""]);
      await east.adopt([]);
      expect(await attemptStates(runId)).toEqual(["leased"]);
    });

    it("names cancelled work, which the new instance may still finish", async () => {
      const runId = await start();
      const [lease] = await claimIds(east);
      await east.acknowledge([lease ?? ""]);
      await world.cancelRun(project, runId);
      east.restart();
      expect((await east.adopt([lease ?? ""])).cancelled).toEqual([lease]);
      expect((await east.finish(lease ?? "", { reason: "cancelled", exitCode: null })).status).toBe(200);
    });
  });
});
