import type { Environment, EnvironmentEvent } from "@seatrial/contracts/environments/environment.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { environments } from "@seatrial/hub/database/schema/environments.ts";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { driveWorkflows, type Workflows } from "../../support/drive-workflows.ts";
import { createShop } from "../../support/environment-shop.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "../../support/environment-world.ts";
import { problemOf, readEvents } from "../../support/hub-fixtures.ts";
import { createTestHub, type TestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

type Page<Item> = { items: Item[]; nextCursor: string | null };

describe.each(databases)("environments on $name", (database) => {
  let hub: TestHub;
  let world: EnvironmentWorld;
  let workflows: Workflows;
  beforeAll(async () => {
    hub = await createTestHub(database);
    world = createEnvironmentWorld(hub);
    workflows = driveWorkflows(hub);
  });
  afterAll(() => hub.close());

  const shopOf = () => createShop(world, workflows);
  const call = (method: string, path: string, options = {}) => hub.call(method, path, options);

  it("are at most so many in a project; what is deleted does not count, and another project has its own", async () => {
    const [shop, other] = [await shopOf(), await shopOf()];
    const { id } = await world.request(shop.name);
    const [row] = await hub.deps.database.select().from(environments).where(eq(environments.id, id));
    if (row === undefined) throw new Error("the environment is not there");
    const copies = Array.from({ length: limits.environmentsPerProject }, () => newId("environment"));
    const copy = (newIds: readonly string[], state: "requested" | "deleted") =>
      hub.deps.database
        .insert(environments)
        .values(
          newIds.map((copyId) => ({ ...row, id: copyId, namespace: copyId, idempotencyKey: null, state })),
        );
    await copy(copies.slice(0, 1), "deleted");
    await copy(copies.slice(1, -1), "requested");
    await world.request(shop.name);
    const { template, contentSha256, name } = row;
    const body = { template, contentSha256, name };
    const refused = await hub.call("POST", `${shop.path}/environments`, { body });
    expect(refused.status).toBe(429);
    expect(await problemOf(refused)).toMatchObject({ code: "quota_exceeded" });
    await world.request(other.name);
  });

  it("are requested, made, put to sleep, woken, updated and removed with a proof, each step an event", async () => {
    const shop = await shopOf();
    const { name } = shop;
    const { id } = await world.request(name);
    await workflows.work();
    await shop.operate("up");
    expect(await world.show(name, id)).toMatchObject({
      state: "ready",
      cluster: shop.cluster,
      wanted: "present",
    });
    await world.wish(name, id, "sleep");
    await workflows.work();
    await shop.operate("sleep");
    expect(await world.show(name, id)).toMatchObject({ state: "sleeping", wanted: "sleeping" });
    await world.wish(name, id, "wake");
    await workflows.work();
    await shop.operate("wake");
    const { contentSha256 } = await world.show(name, id);
    const template = { components: [{ name: "other", kind: "manifests", path: "app.yaml" }] };
    const updated = await world.wish(name, id, "update", { template, contentSha256 });
    expect(updated).toMatchObject({ generation: 2, appliedGeneration: 1 });
    await workflows.work();
    await shop.operate("update");
    expect(await world.show(name, id)).toMatchObject({ state: "ready", generation: 2, appliedGeneration: 2 });
    expect((await call("GET", shop.at(id, "proof"))).status).toBe(404);
    expect((await call("DELETE", shop.at(id))).status).toBe(202);
    await workflows.work();
    await shop.operate("down");
    expect(await world.show(name, id)).toMatchObject({ state: "deleted", proofComplete: true });
    expect(await hub.json("GET", shop.at(id, "proof"))).toMatchObject({
      complete: true,
      cluster: shop.cluster,
    });
    const events = await world.events(name, id);
    expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
    const states = events.filter(({ type }) => type === "environment.state").map(({ data }) => data.to);
    expect(states).toEqual([
      "placed",
      "creating",
      "ready",
      "updating",
      "sleeping",
      "updating",
      "ready",
      "updating",
      "ready",
      "deleting",
      "deleted",
    ]);
    expect(events.find(({ data }) => data.to === "creating")?.actor.kind).toBe("agent");
    expect(events.at(-1)).toMatchObject({ type: "environment.deleted", data: { proofComplete: true } });
  });

  it("answer the same idempotency key with the same environment, also when both come at once", async () => {
    const shop = await shopOf();
    const { name, path } = shop;
    const { contentSha256 } = await world.request(name);
    const template = { components: [{ name: "web", kind: "manifests", path: "app.yaml" }] };
    const body = { name: "once", template, contentSha256, idempotencyKey: "build-7" };
    const answers = await Promise.all([1, 2, 3].map(() => call("POST", `${path}/environments`, { body })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as Environment).id));
    expect(new Set(ids).size).toBe(1);
    expect((await hub.json<Page<Environment>>("GET", `${path}/environments?name=once`)).items).toHaveLength(
      1,
    );
  });

  it("are refused without their content, with unknown fields, and for what no template may be", async () => {
    const shop = await shopOf();
    const { path } = shop;
    const template = { components: [{ name: "web", kind: "manifests", path: "app.yaml" }] };
    const body = { name: "preview", template, contentSha256: "0".repeat(64) };
    const post = async (fields: object) =>
      problemOf(await call("POST", `${path}/environments`, { body: { ...body, ...fields } }));
    expect(await post({})).toMatchObject({ status: 422, code: "content_missing" });
    expect(await post({ color: "red" })).toMatchObject({ code: "invalid_request" });
    expect(await post({ template: { components: [] } })).toMatchObject({ code: "invalid_request" });
    expect(await post({ ttlSeconds: 1_209_601 })).toMatchObject({ code: "invalid_request" });
    const outside = { components: [{ name: "web", kind: "manifests", path: "../app.yaml" }] };
    expect((await post({ template: outside })).detail).toContain("relative path");
    expect((await hub.json<Page<Environment>>("GET", `${path}/environments`)).items).toEqual([]);
  });

  it("of another project are not there, whatever is asked about them", async () => {
    const mine = await shopOf();
    const { id } = await mine.ready();
    const other = await shopOf();
    const { secret: token } = await other.token(["read", "run", "manage"]);
    const asked: [string, string, object?][] = [
      ["GET", ""],
      ["GET", "events"],
      ["GET", "proof"],
      ["GET", "objects"],
      ["POST", "extend", { seconds: 60 }],
      ["POST", "pin", { until: null }],
      ["POST", "sleep"],
      ["POST", "wake"],
      ["POST", "prove"],
      ["DELETE", ""],
    ];
    for (const [method, verb, body] of asked) {
      const options = { token, ...(body ? { body } : {}) };
      // Under its own project's name, and under the one it belongs to.
      for (const path of [other.path, mine.path]) {
        const place = `${path}/environments/${id}${verb && `/${verb}`}`;
        const problem = await problemOf(await call(method, place, options));
        expect(problem, `${method} ${verb}`).toMatchObject({ status: 404, code: "not_found" });
      }
    }
    expect((await hub.json<Page<Environment>>("GET", `${other.path}/environments`, { token })).items).toEqual(
      [],
    );
    expect(await world.show(mine.name, id)).toMatchObject({ state: "ready", wanted: "present" });
  });

  it("need the scope of each request: reading, running, and for a pin managing", async () => {
    const shop = await shopOf();
    const { name, token } = shop;
    const { id } = await world.request(name);
    const { secret: reader } = await token(["read"]);
    const { secret: runner } = await token(["read", "run"]);
    const { secret: manager } = await token(["read", "manage"]);
    const status = async (secret: string, method: string, verb: string, body?: object) =>
      (await call(method, shop.at(id, verb || undefined), { token: secret, ...(body ? { body } : {}) }))
        .status;
    expect(await status(reader, "GET", "")).toBe(200);
    expect(await status(reader, "POST", "extend", { seconds: 60 })).toBe(403);
    expect(await status(reader, "DELETE", "")).toBe(403);
    expect(await status(runner, "POST", "extend", { seconds: 60 })).toBe(200);
    const until = new Date(hub.clock.now().getTime() + 86_400_000).toISOString();
    expect(await status(runner, "POST", "pin", { until })).toBe(403);
    expect(await status(manager, "POST", "pin", { until })).toBe(200);
  });

  it("are kept by an extension and a pin, never shortened, and expire by the hub's clock alone", async () => {
    const shop = await shopOf();
    const { name } = shop;
    const { id } = await world.request(name, { ttlSeconds: 600 });
    await workflows.work();
    const created = hub.clock.now().getTime();
    const until = (seconds: number) => new Date(created + seconds * 1_000).toISOString();
    await world.wish(name, id, "extend", { seconds: 60 });
    expect((await world.show(name, id)).expiresAt).toBe(until(600));
    await world.wish(name, id, "extend", { seconds: 900 });
    expect((await world.show(name, id)).expiresAt).toBe(until(900));
    await world.wish(name, id, "pin", { until: until(2_000), reason: "demo" });
    hub.clock.advance(1_999);
    await workflows.lookAtEnvironment(id);
    expect(await world.show(name, id)).toMatchObject({
      wanted: "present",
      expiresAt: until(2_000),
      pin: { reason: "demo", owner: { kind: "token" } },
    });
    hub.clock.advance(1);
    await workflows.lookAtEnvironment(id);
    expect(await world.show(name, id)).toMatchObject({ wanted: "gone", state: "deleted" });
    const types = (await world.events(name, id)).map(({ type }) => type);
    expect(types).toContain("environment.expired");
  });

  it("refuse a pin that has ended or never ends", async () => {
    const shop = await shopOf();
    const { name } = shop;
    const { id } = await world.request(name);
    for (const days of [-1, 367]) {
      const until = new Date(hub.clock.now().getTime() + days * 86_400_000).toISOString();
      const problem = await problemOf(await call("POST", shop.at(id, "pin"), { body: { until } }));
      expect(problem).toMatchObject({ code: "invalid_request" });
      expect(problem.detail).toContain("/until");
    }
  });

  it("that nobody took are removed at once, and no wish brings a removed one back", async () => {
    const shop = await shopOf();
    const { name } = shop;
    const { id } = await world.request(name);
    await workflows.work();
    const removed = await hub.json<Environment>("DELETE", shop.at(id));
    expect(removed).toMatchObject({ state: "deleted", proofComplete: true });
    expect(removed.operations).toMatchObject([{ kind: "up", state: "cancelled" }]);
    expect((await shop.provisioner.claim()).leases).toEqual([]);
    for (const verb of ["wake", "sleep", "prove"])
      expect(await problemOf(await call("POST", shop.at(id, verb)))).toMatchObject({
        status: 409,
        code: "environment_gone",
      });
    const again = await call("POST", shop.at(id, "extend"), { body: { seconds: 60 } });
    expect(await problemOf(again)).toMatchObject({ code: "environment_gone" });
    expect((await call("DELETE", shop.at(id))).status).toBe(202);
  });

  it("deleted while they are made are made to their end, then removed", async () => {
    const shop = await shopOf();
    const { name } = shop;
    const { id } = await world.request(name);
    await workflows.work();
    const up = await shop.provisioner.take();
    await world.remove(name, id);
    await workflows.work();
    expect(await world.show(name, id)).toMatchObject({ state: "creating", wanted: "gone" });
    expect((await shop.provisioner.claim({ running: [up.leaseId] })).orders).toEqual([
      { leaseId: up.leaseId, order: "cancel" },
    ]);
    await shop.provisioner.finish(up.leaseId, {
      failure: { code: "cancelled", message: "it is not wanted any more" },
      proved: false,
    });
    await workflows.work();
    await shop.operate("down");
    expect(await world.show(name, id)).toMatchObject({ state: "deleted" });
  });

  it("get the later one of two updates, and what lies between is never applied", async () => {
    const shop = await shopOf();
    const { name } = shop;
    const { id, contentSha256 } = await shop.ready();
    const component = (name: string) => ({ components: [{ name, kind: "manifests", path: "app.yaml" }] });
    const answers = await Promise.all(
      ["one", "two"].map((each) =>
        call("POST", shop.at(id, "update"), { body: { template: component(each), contentSha256 } }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    await workflows.work();
    const first = await shop.provisioner.take();
    expect(first.work.generation).toBe(3);
    await world.wish(name, id, "update", { template: component("three"), contentSha256 });
    await world.wish(name, id, "update", { template: component("four"), contentSha256 });
    await shop.provisioner.finish(first.leaseId);
    await workflows.work();
    const second = await shop.provisioner.take();
    expect(second.work).toMatchObject({ operation: "update", generation: 5 });
    expect(second.work.template.components.map((one) => one.name)).toEqual(["four"]);
    await shop.provisioner.finish(second.leaseId);
    await workflows.work();
    expect(await world.show(name, id)).toMatchObject({ state: "ready", generation: 5, appliedGeneration: 5 });
    expect((await shop.provisioner.claim()).leases).toEqual([]);
    await world.remove(name, id);
    await workflows.work();
    await shop.operate("down");
  });

  it("that cannot be made fail with the reason, and an update tries again", async () => {
    const shop = await shopOf();
    const { name } = shop;
    const { id, contentSha256 } = await world.request(name);
    await workflows.work();
    const up = await shop.provisioner.take();
    const failure = {
      code: "render_failed" as const,
      message: "no such value",
      file: "values.yaml",
      line: 7,
    };
    await shop.provisioner.finish(up.leaseId, { failure, proved: false });
    await workflows.work();
    const failed = await world.show(name, id);
    expect(failed).toMatchObject({ state: "failed", reason: "no such value" });
    expect(failed.operations[0]?.failure).toMatchObject({ file: "values.yaml", line: 7 });
    expect(await problemOf(await call("POST", shop.at(id, "sleep")))).toMatchObject({
      code: "environment_not_ready",
    });
    const template = { components: [{ name: "web", kind: "manifests", path: "app.yaml" }] };
    await world.wish(name, id, "update", { template, contentSha256 });
    await workflows.work();
    await shop.operate("update");
    expect(await world.show(name, id)).toMatchObject({ state: "ready", reason: null });
  });

  it("are listed newest first, page by page, by state, name and the start of an id", async () => {
    const shop = await shopOf();
    const { name, path } = shop;
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      if (count % 2 === 0) hub.clock.advance(1);
      ids.unshift((await world.request(name, { name: count === 4 ? "last" : "preview" })).id);
    }
    const seen: Environment[] = [];
    let cursor: string | null = null;
    do {
      const query: string = `limit=2${cursor ? `&cursor=${cursor}` : ""}`;
      const page: Page<Environment> = await hub.json("GET", `${path}/environments?${query}`);
      seen.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen.map(({ id }) => id).sort()).toEqual(ids.toSorted());
    expect(seen[0]?.id).toBe(ids[0]);
    const list = async (query: string) =>
      (await hub.json<Page<Environment>>("GET", `${path}/environments?${query}`)).items.map(({ id }) => id);
    expect(await list("name=last")).toEqual([ids[0]]);
    expect(await list("state=ready")).toEqual([]);
    expect(await list(`idPrefix=${ids[2]?.slice(0, 10)}`)).toEqual([ids[2]]);
  });

  it("show what was recorded in the cluster, page by page", async () => {
    const shop = await shopOf();
    const { name } = shop;
    const { id } = await world.request(name);
    await workflows.work();
    const objects = ["b", "a", "c"].map((each) => {
      return { apiVersion: "v1", kind: "ConfigMap", namespace: "ns", name: each, uid: `uid-${each}` };
    });
    const role = { apiVersion: "rbac/v1", kind: "Role", namespace: null, name: "r", uid: null };
    await shop.provisioner.finish((await shop.provisioner.take()).leaseId, { objects: [...objects, role] });
    await workflows.work();
    type Objects = Page<{ name: string }>;
    const first = await hub.json<Objects>("GET", `${shop.at(id, "objects")}?limit=3`);
    const next = `${shop.at(id, "objects")}?limit=3&cursor=${first.nextCursor}`;
    const second = await hub.json<Objects>("GET", next);
    expect([...first.items, ...second.items].map((one) => one.name)).toEqual(["r", "a", "b", "c"]);
    expect(second.nextCursor).toBeNull();
  });

  it("stream their events as they happen, resumed without a gap, until they are deleted", async () => {
    const shop = await shopOf();
    const { name } = shop;
    const { id } = await world.request(name);
    const headers = { accept: "text/event-stream" };
    const answer = await call("GET", shop.at(id, "events"), { headers });
    const stream = readEvents(answer);
    const first = (await stream.next()).value;
    expect(first).toMatchObject({ id: "1", event: "environment.requested" });
    await world.remove(name, id);
    const rest: string[] = [];
    for await (const { event } of stream) rest.push(event ?? "");
    expect(rest).toEqual(["environment.wished", "environment.state", "environment.deleted"]);
    const resumed = await call("GET", shop.at(id, "events"), {
      headers: { ...headers, "last-event-id": "3" },
    });
    const again: EnvironmentEvent[] = [];
    for await (const { data } of readEvents(resumed)) again.push(data as EnvironmentEvent);
    expect(again.map((event) => event.id)).toEqual([4]);
    const wrong = await call("GET", shop.at(id, "events"), {
      headers: { ...headers, "last-event-id": "x" },
    });
    expect(await problemOf(wrong)).toMatchObject({ code: "invalid_request" });
  });

  it("write who did what in the audit", async () => {
    const shop = await shopOf();
    const { name, path } = shop;
    const { id } = await world.request(name);
    await world.wish(name, id, "extend", { seconds: 60 });
    await world.remove(name, id);
    const { items } = await hub.json<Page<{ action: string; subject: string }>>("GET", `${path}/audit`);
    const about = items.filter(({ subject }) => subject === id).map(({ action }) => action);
    expect(about.toSorted()).toEqual(["environment.create", "environment.delete", "environment.extend"]);
  });
});
