import type { OperationGrant } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { auditEntrySchema } from "@seatrial/contracts/projects/project.ts";
import { operationsChannel } from "@seatrial/hub/notifications/channels.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { z } from "zod";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "../../support/environment-world.ts";
import { problemOf } from "../../support/hub-fixtures.ts";
import { createTestHub } from "../../support/test-hub.ts";
import { cleanProof, type TestProvisioner } from "../../support/test-provisioner.ts";

stopServerAfterTests();

type AuditEntry = z.infer<typeof auditEntrySchema>;

describe.each(databases)("a project's quota of environments on $name", (database) => {
  let world: EnvironmentWorld;
  let east: TestProvisioner;
  beforeEach(async () => {
    world = createEnvironmentWorld(await createTestHub(database));
    east = await world.provisioner("east", { labels: { region: "eu" } });
    await world.project("shop");
    await quota(2);
  });
  afterEach(() => world.hub.close());

  const quota = (environmentQuota: number) =>
    world.hub.json("PATCH", "/v1/projects/shop", { body: { environmentQuota } });
  const show = (id: string) => world.show("shop", id);
  /** Asked for one after the other, a second apart. */
  async function start(count: number, fields = {}): Promise<string[]> {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      world.hub.clock.advance(1);
      ids.push((await world.start("shop", { name: `e-${index}`, ...fields })).id);
    }
    return ids;
  }
  async function taken(from = east): Promise<string[]> {
    const { leases } = await from.claim({ slotsFree: 20, slots: 20 });
    await from.acknowledge(...leases.map(({ leaseId }) => leaseId), "l-none");
    return leases.map(({ work }) => work.environmentId);
  }
  const lineOf = async (ids: readonly string[]) =>
    (await Promise.all(ids.map(show))).map(({ queuePosition }) => queuePosition);
  const finishRemoval = (grant: OperationGrant | undefined) =>
    east.finish(grant?.leaseId ?? "", { proof: grant ? cleanProof(grant, "east") : null });
  const make = async () => east.finish((await east.take()).leaseId);

  it("holds back what is above it, and says the place in line and why", async () => {
    const [one, two, three, four] = await start(4);
    expect(await taken()).toEqual([one, two]);
    expect(await taken()).toEqual([]);
    world.hub.clock.advance(60);
    await world.tick();
    expect(await show(three ?? "")).toMatchObject({
      state: "requested",
      queuePosition: 1,
      reason: "waits: 1st in line, the project has 2 of 2 environments",
    });
    expect(await show(four ?? "")).toMatchObject({
      queuePosition: 2,
      reason: "waits: 2nd in line, the project has 2 of 2 environments",
    });
    expect(await lineOf([one ?? "", two ?? ""])).toEqual([null, null]);
  });

  it("tells the place at once when an environment comes into a full project, as an event", async () => {
    const ids = await start(2);
    await taken();
    const [third = ""] = await start(1);
    expect(await lineOf([...ids, third])).toEqual([null, null, 1]);
    const events = await world.events("shop", third);
    expect(events.filter(({ type }) => type === "environment.waiting").map(({ data }) => data)).toEqual([
      {
        position: 1,
        reason: "waits: 1st in line, the project has 2 of 2 environments",
        held: 2,
        quota: 2,
      },
    ]);
  });

  it("gives a place that becomes free to the one that waits longest, and the others move up", async () => {
    const ids = await start(2);
    await make();
    await make();
    const line = await start(3);
    expect(await lineOf(line)).toEqual([1, 2, 3]);
    await world.remove("shop", ids[0] ?? "");
    await world.queue(ids[0] ?? "", "down");
    const removal = await east.take();
    const { notifications } = world.hub.deps;
    const claims = notifications.subscribe([operationsChannel]);
    await finishRemoval(removal);
    // Whoever holds a claim is woken, in any cluster. Without it this waits until the test is over.
    await claims.wait(600_000);
    claims.close();
    expect(await taken(await world.provisioner("west"))).toEqual([line[0]]);
    expect(await lineOf(line)).toEqual([null, 1, 2]);
    expect((await show(line[0] ?? "")).reason).toBeNull();
    expect(await taken()).toEqual([]);
  });

  it("never holds back a removal, an update or a sleep of what has its place", async () => {
    const ids = await start(2);
    await make();
    await make();
    await start(30);
    await quota(1);
    const { contentSha256 } = await show(ids[0] ?? "");
    const template = { components: [{ name: "other", kind: "manifests", path: "app.yaml" }] };
    await world.wish("shop", ids[0] ?? "", "update", { template, contentSha256 });
    await world.queue(ids[0] ?? "", "update");
    await world.remove("shop", ids[1] ?? "");
    await world.queue(ids[1] ?? "", "down");
    const { leases } = await east.claim({ slotsFree: 2 });
    expect(leases.map(({ work }) => work.operation).sort()).toEqual(["down", "update"]);
  });

  it("counts a removal as gone only when it is proved", async () => {
    const ids = await start(2);
    await make();
    await make();
    const [next = ""] = await start(1);
    await world.remove("shop", ids[0] ?? "");
    await world.queue(ids[0] ?? "", "down");
    const { leaseId } = await east.take();
    await east.finish(leaseId, { proof: null });
    expect(await taken()).toEqual([]);
    await world.queue(ids[0] ?? "", "down");
    await finishRemoval(await east.take());
    expect(await taken()).toEqual([next]);
  });

  it("never gives a place to what was deleted while it waited, and those behind it move up", async () => {
    const ids = await start(2);
    await make();
    await make();
    const [first = "", second = "", third = ""] = await start(3);
    await world.remove("shop", second);
    expect(await show(second)).toMatchObject({ state: "deleted", queuePosition: null });
    expect(await lineOf([first, third])).toEqual([1, 2]);
    for (const id of ids) {
      await world.remove("shop", id);
      await world.queue(id, "down");
    }
    const removals = [await east.take(), await east.take()];
    for (const removal of removals) await finishRemoval(removal);
    expect(await taken()).toEqual([first, third]);
  });

  it("lets those in front that no cluster fits block nobody", async () => {
    await start(2, { clusters: { labels: { region: "moon" } } });
    const fitting = await start(3);
    expect(await taken()).toEqual(fitting.slice(0, 2));
  });

  it("of one project leaves the others alone", async () => {
    await world.project("bank");
    await start(20);
    const { id } = await world.start("bank");
    const first = await east.claim({ slotsFree: 20, slots: 20 });
    expect(first.leases.map(({ work }) => work.project).sort()).toEqual(["bank", "shop", "shop"]);
    expect((await world.show("bank", id)).queuePosition).toBeNull();
  });

  it("may be changed: more go on at once, fewer take nothing from those that are there", async () => {
    const ids = await start(4);
    await taken();
    const waiting = (await world.provisioner("west")).claim({ waitSeconds: 20, slotsFree: 4 });
    expect(await quota(3)).toMatchObject({ environmentQuota: 3 });
    expect((await waiting).leases.map(({ work }) => work.environmentId)).toEqual([ids[2]]);
    expect(await lineOf(ids)).toEqual([null, null, null, 1]);
    await quota(1);
    expect((await show(ids[3] ?? "")).reason).toBe("waits: 1st in line, the project has 3 of 1 environments");
    expect((await world.show("shop", ids[0] ?? "")).cluster).toBe("east");
    const { items } = await world.hub.json<{ items: AuditEntry[] }>("GET", "/v1/audit?limit=50");
    const changes = items.filter(({ action }) => action === "project.change").map(({ data }) => data);
    expect(changes).toContainEqual({ environmentQuota: 3 });
  });

  it("is refused outside its limits, and a change that changes nothing too", async () => {
    for (const body of [{}, { environmentQuota: 0 }, { environmentQuota: 201 }, { environments: 3 }]) {
      const answer = await world.hub.call("PATCH", "/v1/projects/shop", { body });
      expect([answer.status, (await problemOf(answer)).code]).toEqual([422, "invalid_request"]);
    }
  });
});
