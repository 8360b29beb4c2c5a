import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "../../support/environment-world.ts";
import { createTestHub } from "../../support/test-hub.ts";
import { cleanProof, type TestProvisioner } from "../../support/test-provisioner.ts";

stopServerAfterTests();

describe.each(databases)("a sweep on $name", (database) => {
  let world: EnvironmentWorld;
  let east: TestProvisioner;
  let project: string;
  beforeEach(async () => {
    world = createEnvironmentWorld(await createTestHub(database));
    east = await world.provisioner("east");
    project = await world.project("shop");
  });
  afterEach(() => world.hub.close());

  type Found = Parameters<TestProvisioner["sweep"]>[0];
  /** A sweep some time after the one before. */
  const sweep = async (found: Found) => {
    world.hub.clock.advance(60);
    return east.sweep(found);
  };
  const unknown = (name: string): Found[number] => ({
    environmentId: `e-${name}`,
    namespace: `ns-${name}`,
    namespaceUid: `uid-${name}`,
    expiresAtEpochSeconds: null,
    clusterScoped: [],
  });
  const ready = async (name: string) => {
    const environment = await world.start(project, { name });
    const namespace = { apiVersion: "v1", kind: "Namespace", namespace: null, name: environment.namespace };
    const objects = [{ ...namespace, uid: `uid-${name}` }];
    await east.finish((await east.take()).leaseId, { objects });
    const found: Found[number] = {
      ...unknown(name),
      environmentId: environment.id,
      namespace: environment.namespace,
      expiresAtEpochSeconds: new Date(environment.expiresAt).getTime() / 1_000,
    };
    return { id: environment.id, found };
  };
  const nothing = { remove: [], held: [], missing: [], relabel: [] };

  it("that finds what the hub knows says nothing", async () => {
    const { found } = await ready("one");
    expect(await sweep([found])).toEqual(nothing);
  });

  it("removes what nobody knows when it is found twice in a row, and leaves a trace in the audit", async () => {
    const first = await sweep([unknown("lost")]);
    expect(first).toMatchObject({ remove: [], held: [{ environmentId: "e-lost", why: /1 of 2 sweeps/ }] });
    const { clusterScoped: _, ...place } = unknown("lost");
    expect((await sweep([unknown("lost")])).remove).toEqual([place]);
    const audit = await world.hub.json<{ items: { action: string; subject: string }[] }>("GET", "/v1/audit");
    expect(audit.items).toContainEqual(
      expect.objectContaining({ action: "environment.sweep", subject: "e-lost" }),
    );
  });

  it("begins to count anew when it was not found in between, and counts two at one moment once", async () => {
    await sweep([unknown("lost")]);
    expect((await east.sweep([unknown("lost")])).remove).toEqual([]);
    await sweep([]);
    expect((await sweep([unknown("lost")])).remove).toEqual([]);
    expect((await sweep([unknown("lost")])).remove).toHaveLength(1);
  });

  it("removes at most a fifth of what was found at a time, and says what waits", async () => {
    const found = Array.from({ length: 10 }, (_, index) => unknown(`lost-${index}`));
    await sweep(found);
    const { remove, held } = await sweep(found);
    expect(remove).toHaveLength(2);
    expect(held).toHaveLength(8);
    expect(held[0]?.why).toContain("at most 2 of 10");
  });

  it("removes what is there although it was proved deleted, and not while its removal goes on", async () => {
    const { id, found } = await ready("one");
    await world.remove(project, id);
    expect(await sweep([found])).toEqual(nothing);
    expect(await sweep([found])).toEqual(nothing);
    await world.queue(id, "down");
    const grant = await east.take();
    await east.finish(grant.leaseId, { proof: cleanProof(grant, "east") });
    expect((await sweep([found])).held[0]?.why).toContain("knows it as deleted");
    expect((await sweep([found])).remove).toHaveLength(1);
  });

  it("leaves an expired environment to its workflow, which proves its removal", async () => {
    const { found } = await ready("one");
    world.hub.clock.advance(1_000_000);
    expect(await sweep([found])).toEqual(nothing);
    expect(await sweep([found])).toEqual(nothing);
  });

  it("never removes another cluster's environment, and names what is not as it was recorded", async () => {
    const { found } = await ready("one");
    const west = await world.provisioner("west");
    for (let round = 0; round < 3; round += 1) {
      world.hub.clock.advance(60);
      const answer = await west.sweep([found]);
      expect(answer).toMatchObject({ remove: [], held: [{ why: "it belongs to another cluster" }] });
    }
    const other = { ...found, namespaceUid: "uid-of-another" };
    expect((await sweep([other])).held[0]?.why).toContain("another UID");
    const copied = { ...found, namespace: "somebody-elses" };
    expect((await sweep([found, copied])).held[0]?.why).toContain("carries its label");
  });

  it("tells the cluster an expiry that was extended", async () => {
    const { id, found } = await ready("one");
    await world.wish(project, id, "extend", { seconds: 100_000 });
    const { relabel } = await sweep([found]);
    const { expiresAt, namespace } = await world.show(project, id);
    const expiresAtEpochSeconds = Math.ceil(new Date(expiresAt).getTime() / 1_000);
    expect(relabel).toEqual([{ environmentId: id, namespace, expiresAtEpochSeconds }]);
    expect((await sweep([{ ...found, expiresAtEpochSeconds }])).relabel).toEqual([]);
  });

  it("names what is missing, and calls it failed when two in a row miss it", async () => {
    const { id, found } = await ready("one");
    expect((await sweep([])).missing).toEqual([id]);
    expect((await world.show(project, id)).state).toBe("ready");
    await sweep([found]);
    await sweep([]);
    // Two of one moment, as of two replicas, are one look.
    await east.sweep([]);
    expect((await world.show(project, id)).state).toBe("ready");
    expect((await sweep([])).missing).toEqual([id]);
    expect(await world.show(project, id)).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("is not in cluster"),
    });
  });

  it("of an empty cluster fails at most a fifth of what should be there at a time", async () => {
    const all = [];
    for (const name of ["one", "two", "three"]) all.push((await ready(name)).id);
    await sweep([]);
    await sweep([]);
    const states = await Promise.all(all.map(async (id) => (await world.show(project, id)).state));
    expect(states.sort()).toEqual(["failed", "ready", "ready"]);
  });

  it("misses nothing that is being worked on", async () => {
    await world.start(project);
    await east.take();
    const { id } = await ready("other");
    await world.wish(project, id, "sleep");
    await world.queue(id, "sleep");
    await sweep([]);
    expect(await sweep([])).toEqual(nothing);
  });

  it("is a provisioner's alone", async () => {
    const agent = await world.leases.agent("east");
    const body = { instance: agent.instance, at: world.hub.clock.now().toISOString(), found: [] };
    expect((await agent.post("/agent/v2/sweep", body)).status).toBe(403);
  });
});
