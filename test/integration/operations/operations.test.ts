import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import {
  contentArchive,
  createEnvironmentWorld,
  type EnvironmentWorld,
} from "../../support/environment-world.ts";
import { createTestHub } from "../../support/test-hub.ts";
import { cleanProof, codeOf, type TestProvisioner } from "../../support/test-provisioner.ts";

stopServerAfterTests();

describe.each(databases)("operations on $name", (database) => {
  let world: EnvironmentWorld;
  let east: TestProvisioner;
  let project: string;
  beforeEach(async () => {
    world = createEnvironmentWorld(await createTestHub(database));
    east = await world.provisioner("east", { labels: { region: "eu" } });
    project = await world.project("shop");
  });
  afterEach(() => world.hub.close());
  const stateOf = async (id: string) => (await world.show(project, id)).state;

  describe("a claim", () => {
    it("chooses the cluster once, and hands out all that the work needs", async () => {
      const { id, namespace, contentSha256 } = await world.start(project);
      const [grant] = (await east.claim()).leases;
      expect(grant?.work).toMatchObject({
        project,
        environmentId: id,
        name: "preview",
        operation: "up",
        number: 1,
        generation: 1,
        namespace,
        contentSha256,
        hasState: false,
        objects: [],
      });
      expect(Buffer.from(grant?.work.stateKey ?? "", "base64")).toHaveLength(32);
      expect(await world.show(project, id)).toMatchObject({ state: "placed", cluster: "east" });
      await east.acknowledge(grant?.leaseId ?? "");
      expect(await stateOf(id)).toBe("creating");
      const types = (await world.events(project, id)).map(({ type }) => type);
      expect(types).toContain("environment.placed");
    });

    it("of another cluster never gets what is placed, and gets what fits it alone", async () => {
      const west = await world.provisioner("west", { labels: { region: "us" } });
      const here = await world.start(project);
      await east.finish((await east.take()).leaseId);
      await world.wish(project, here.id, "sleep");
      await world.queue(here.id, "sleep");
      expect((await west.claim()).leases).toEqual([]);
      await world.start(project, { name: "other", clusters: { labels: { region: "us" } } });
      const mine = (await east.claim()).leases.map(({ work }) => work.environmentId);
      expect(mine).toEqual([here.id]);
      expect((await west.claim()).leases).toHaveLength(1);
    });

    it("never gets an environment of a project that its cluster is not open to", async () => {
      const foreign = await world.project("bank");
      const limited = await world.provisioner("north", { projects: [project] });
      await world.start(foreign);
      expect((await limited.claim()).leases).toEqual([]);
      await world.start(project);
      expect((await limited.claim()).leases.map(({ work }) => work.project)).toEqual([project]);
    });

    it("gets at most as many as it has slots, in turn between the projects", async () => {
      const other = await world.project("bank");
      for (const name of ["one", "two", "three"]) await world.start(project, { name });
      await world.start(other);
      const first = await east.claim({ slotsFree: 2 });
      expect(first.leases.map(({ work }) => work.project).sort()).toEqual(["bank", "shop"]);
      expect((await east.claim({ slotsFree: 0, running: ids(first) })).leases).toEqual([]);
    });

    it("is held until an operation is queued, and answers at once", async () => {
      const held = east.claim({ waitSeconds: 20 });
      const { id } = await world.start(project);
      expect((await held).leases.map(({ work }) => work.environmentId)).toEqual([id]);
    });

    it("says the same again until it is acknowledged, also after an update", async () => {
      const { id, contentSha256 } = await world.start(project);
      const first = await east.claim();
      const template = { components: [{ name: "api", kind: "manifests", path: "other.yaml" }] };
      await world.wish(project, id, "update", { template, contentSha256 });
      expect((await east.claim()).leases).toEqual(first.leases);
      await east.acknowledge(...ids(first));
      expect((await east.claim()).leases).toEqual([]);
    });

    it("gives nothing to a cluster that was revoked, and its next report is refused", async () => {
      await world.start(project);
      const { leaseId } = await east.take();
      await world.start(project, { name: "second" });
      await world.hub.json("POST", "/v1/clusters/east/revoke");
      expect(await codeOf(east.claim())).toBe("member_revoked");
      expect(await codeOf(east.finish(leaseId))).toBe("member_revoked");
    });

    it("of an agent gets no operation, and a provisioner's no shard", async () => {
      await world.start(project);
      const agent = await world.leases.agent("east");
      expect((await agent.claim({ kinds: ["shard", "environment"] })).leases).toEqual([]);
      expect((await east.claim()).leases).toHaveLength(1);
    });
  });

  it("that no cluster takes say what they wait for, until one does", async () => {
    const far = { name: "far", clusters: { labels: { region: "moon" } } };
    const [here, { id }] = [await world.start(project), await world.start(project, far)];
    const reasonOf = async (of: string) => (await world.show(project, of)).reason;
    await world.tick();
    expect(await reasonOf(id)).toBeNull();
    world.hub.clock.advance(11);
    await world.tick();
    expect(await reasonOf(id)).toBe("waits: no cluster has the labels region=moon");
    expect(await reasonOf(here.id)).toBe("waits for a provisioner with a free slot");
    await east.take();
    expect(await reasonOf(here.id)).toBeNull();
  });

  it("that no cluster takes tell a provisioner that is silent from one that is busy", async () => {
    const { id } = await world.start(project);
    const reason = async () => (await world.show(project, id)).reason;
    // In steps: in a longer gap it would be the hub that was away.
    const pass = async (...steps: number[]) => {
      for (const seconds of steps) {
        world.hub.clock.advance(seconds);
        await world.tick();
      }
    };
    await pass(11);
    expect(await reason()).toBe("waits for a provisioner with a free slot");
    await pass(31, 31);
    expect(await reason()).toBe("waits: east has a provisioner that is silent");
    await east.claim({ slotsFree: 0 });
    await pass(1);
    expect(await reason()).toBe("waits for a provisioner with a free slot");
  });

  it("of a cluster that was revoked say so, until it is let in again", async () => {
    const { id } = await world.start(project);
    await east.finish((await east.take()).leaseId);
    await world.hub.json("POST", "/v1/clusters/east/revoke");
    await world.remove(project, id);
    await world.queue(id, "down");
    world.hub.clock.advance(11);
    await world.tick();
    const { reason, state } = await world.show(project, id);
    expect({ reason, state }).toMatchObject({
      state: "ready",
      reason: expect.stringContaining("east was revoked"),
    });
    const back = await world.provisioner("east");
    const grant = await back.take();
    await back.finish(grant.leaseId, { proof: cleanProof(grant, "east") });
    expect(await world.show(project, id)).toMatchObject({ state: "deleted", reason: null });
  });

  describe("a hand-off", () => {
    it("that nobody acknowledges goes back to the queue, in the same cluster", async () => {
      const { id } = await world.start(project);
      const [lost] = ids(await east.claim());
      world.hub.clock.advance(21);
      expect(await east.acknowledge(lost ?? "")).toEqual({ accepted: [], refused: [lost] });
      expect(await world.tick()).toMatchObject({ handedBack: 1, lost: 0 });
      expect(await codeOf(east.finish(lost ?? ""))).toBe("lease_stale");
      const again = await east.take();
      expect(again.leaseId).not.toBe(lost);
      await east.finish(again.leaseId);
      expect(await stateOf(id)).toBe("ready");
    });

    it("of an environment that somebody removes meanwhile is refused, and its removal may begin", async () => {
      const { id } = await world.start(project);
      const [lease] = ids(await east.claim());
      await world.remove(project, id);
      expect(await east.acknowledge(lease ?? "")).toEqual({ accepted: [], refused: [lease] });
      expect((await world.facts(id)).operation).toMatchObject({ kind: "up", state: "cancelled" });
      await world.queue(id, "down");
      expect((await east.take()).work.operation).toBe("down");
    });
  });

  describe("a lease", () => {
    it("lives by heartbeats, and without them the operation is lost and may be tried again", async () => {
      const { id } = await world.start(project);
      const { leaseId } = await east.take();
      world.hub.clock.advance(50);
      expect((await east.heartbeat(leaseId)).orders).toEqual([]);
      world.hub.clock.advance(50);
      expect(await world.tick()).toMatchObject({ lost: 0, nextDueInSeconds: 10 });
      world.hub.clock.advance(11);
      expect(await world.tick()).toMatchObject({ lost: 1 });
      expect((await world.facts(id)).operation).toMatchObject({ state: "lost", retryable: true });
      await world.queue(id, "up");
      expect((await east.take()).work).toMatchObject({ environmentId: id, number: 2 });
    });

    it("that is over changes nothing any more, whatever its holder says", async () => {
      const { id } = await world.start(project);
      const { leaseId } = await east.take();
      world.hub.clock.advance(61);
      await world.tick();
      const before = await world.events(project, id);
      const state = { bytes: new Uint8Array([1]), engine: "1", provider: "1" };
      const codes = [
        await codeOf(east.finish(leaseId)),
        await codeOf(east.step(leaseId, "applied")),
        await codeOf(east.link.putState(leaseId, state)),
        await codeOf(east.link.getState(leaseId)),
      ];
      expect(codes).toEqual(Array(4).fill("lease_stale"));
      expect((await east.heartbeat(leaseId)).orders).toEqual([{ leaseId, order: "disown" }]);
      expect(await world.events(project, id)).toEqual(before);
      expect(await Array.fromAsync(world.hub.deps.blobs.list("states/"))).toEqual([]);
    });

    it("is its holder's alone", async () => {
      await world.start(project);
      const { leaseId } = await east.take();
      const west = await world.provisioner("west");
      const agent = await world.leases.agent("east");
      expect(await codeOf(west.finish(leaseId))).toBe("lease_not_yours");
      expect(await codeOf(west.link.getState(leaseId))).toBe("lease_not_yours");
      expect((await agent.finish(leaseId)).status).toBe(409);
    });

    it("of an environment that shall go is told to stop at once, and kept until its provisioner ends it", async () => {
      const { id } = await world.start(project);
      const { leaseId } = await east.take();
      const held = east.claim({ running: [leaseId], waitSeconds: 20 });
      await world.remove(project, id);
      expect((await held).orders).toEqual([{ leaseId, order: "cancel" }]);
      world.hub.clock.advance(50);
      expect((await east.heartbeat(leaseId)).orders).toEqual([{ leaseId, order: "cancel" }]);
      world.hub.clock.advance(50);
      expect(await world.tick()).toMatchObject({ lost: 0 });
      const failure = { code: "cancelled" as const, message: "stopped waiting" };
      expect(await east.finish(leaseId, { failure, proved: false })).toMatchObject({ state: "failed" });
      await world.queue(id, "down");
      expect((await east.take()).work.operation).toBe("down");
    });

    it("opens the content that it was claimed with, by its own token and while it lives", async () => {
      await world.start(project);
      const grant = await east.take();
      const read = async () => {
        const bytes = await Array.fromAsync(await east.link.content(grant, AbortSignal.timeout(10_000)));
        return Buffer.concat(bytes);
      };
      expect(await read()).toEqual(Buffer.from(await contentArchive()));
      const forged = { ...grant, leaseToken: "another" };
      expect(await codeOf(east.link.content(forged, AbortSignal.timeout(10_000)))).toBe("unauthenticated");
      await east.finish(grant.leaseId);
      expect(await codeOf(read())).toBe("lease_stale");
    });
  });

  describe("a provisioner that started again", () => {
    it("keeps what it names, and what died with it is lost at once", async () => {
      const [kept, died, unheard] = [
        await world.start(project, { name: "kept" }),
        await world.start(project, { name: "died" }),
        await world.start(project, { name: "unheard" }),
      ];
      const grants = (await east.claim()).leases;
      const leaseOf = (id: string) => grants.find(({ work }) => work.environmentId === id)?.leaseId ?? "";
      await east.acknowledge(leaseOf(kept.id), leaseOf(died.id));
      east.restart();
      const answer = await east.adopt(leaseOf(kept.id), "l-of-nobody");
      expect(answer.held.map(({ leaseId }) => leaseId)).toEqual([leaseOf(kept.id)]);
      expect(answer.orders).toEqual([{ leaseId: "l-of-nobody", order: "disown" }]);
      expect((await world.facts(died.id)).operation?.state).toBe("lost");
      expect((await world.facts(unheard.id)).operation?.state).toBe("queued");
      expect((await east.finish(leaseOf(kept.id))).state).toBe("succeeded");
      expect(await codeOf(east.finish(leaseOf(died.id)))).toBe("lease_stale");
    });
  });
});

const ids = (claim: { leases: { leaseId: string }[] }) => claim.leases.map(({ leaseId }) => leaseId);
