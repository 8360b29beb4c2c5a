import type { ObjectReference } from "@seatrial/contracts/environments/proof.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import { createApp } from "@seatrial/hub/app/create-app.ts";
import { environments } from "@seatrial/hub/database/schema/environments.ts";
import { auditEntries } from "@seatrial/hub/database/schema/projects.ts";
import { createHubLink } from "@seatrial/hub-link/link/create-hub-link.ts";
import { eq } from "drizzle-orm";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "../../support/environment-world.ts";
import { createTestHub } from "../../support/test-hub.ts";
import {
  cleanProof,
  codeOf,
  createTestProvisioner,
  type TestProvisioner,
} from "../../support/test-provisioner.ts";

stopServerAfterTests();

const deployment: ObjectReference = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  namespace: "somewhere",
  name: "web",
  uid: "uid-1",
};
const endpoint = {
  name: "web",
  reach: "cluster" as const,
  url: "http://10.0.0.1:80",
  host: "10.0.0.1",
  port: 80,
  provedAt: null,
};
const blocker = (message: string) => ({
  kind: "finalizer" as const,
  object: deployment,
  message,
  command: null,
  repaired: null,
  since: "2030-01-01T00:00:00.000Z",
});
const stateOf = (text: string) => ({
  bytes: new TextEncoder().encode(text),
  engine: "3.259.0",
  provider: "embedded/1",
});

describe.each(databases)("the end of an operation on $name", (database) => {
  let world: EnvironmentWorld;
  let east: TestProvisioner;
  let project: string;
  beforeEach(async () => {
    world = createEnvironmentWorld(await createTestHub(database));
    east = await world.provisioner("east");
    project = await world.project("shop");
  });
  afterEach(() => world.hub.close());
  const show = (id: string) => world.show(project, id);
  const blobs = (prefix = "states/") => Array.fromAsync(world.hub.deps.blobs.list(prefix));
  const run = async (id: string, kind: Parameters<EnvironmentWorld["queue"]>[1], fields = {}) => {
    await world.queue(id, kind);
    return east.finish((await east.take()).leaseId, fields);
  };
  const up = async (fields: Parameters<TestProvisioner["finish"]>[1] = {}) => {
    const { id } = await world.start(project);
    await east.finish((await east.take()).leaseId, fields);
    return id;
  };

  it("that was proved makes an environment ready, with its endpoints and what is in the cluster", async () => {
    const id = await up({ endpoints: [endpoint], objects: [deployment], leftOut: ["Pod/web-test"] });
    const ready = { state: "ready", reason: null, endpoints: [endpoint], leftOut: ["Pod/web-test"] };
    expect(await show(id)).toMatchObject({ ...ready, provedAt: world.hub.clock.now().toISOString() });
    expect(await world.facts(id)).toMatchObject({ appliedGeneration: 1 });
    await world.queue(id, "prove");
    expect((await east.take()).work).toMatchObject({ objects: [deployment], endpoints: [endpoint] });
  });

  it("may name as many objects as an environment has, with names as long as they may be", async () => {
    const uid = (index: number) => String(index).padStart(36, "0");
    const objects = Array.from({ length: 5_000 }, (_, index) => ({
      ...{ ...deployment, name: String(index).padStart(253, "x"), uid: uid(index) },
    }));
    expect(Buffer.byteLength(JSON.stringify(objects))).toBeGreaterThan(1.5 * limits.jsonBodyBytes);
    const id = await up({ objects });
    expect((await show(id)).state).toBe("ready");
  });

  it("that says success without a proof makes nothing ready", async () => {
    const id = await up({ proved: false });
    expect((await show(id)).state).toBe("creating");
    const failed = { state: "failed", retryable: false };
    expect((await world.facts(id)).operation).toMatchObject(failed);
    expect((await show(id)).reason).toContain("without having proved");
  });

  it("that failed says why and moves nothing: its workflow decides", async () => {
    const failure = {
      code: "render_failed" as const,
      message: "no such value\0",
      file: "values.yaml",
      line: 3,
    };
    const id = await up({ failure, proved: false });
    const shown = await show(id);
    expect(shown).toMatchObject({ state: "creating", reason: "up: no such value\uFFFD" });
    expect(shown.operations[0]?.failure).toEqual({ ...failure, message: "no such value\uFFFD" });
  });

  it("told twice gets the same answer and happens once", async () => {
    const { id } = await world.start(project);
    const { leaseId } = await east.take();
    expect(await east.finish(leaseId)).toEqual({ state: "succeeded", duplicate: false });
    const events = await world.events(project, id);
    expect(await east.finish(leaseId)).toEqual({ state: "succeeded", duplicate: true });
    const failure = { code: "deadline" as const, message: "late" };
    expect(await east.finish(leaseId, { failure })).toEqual({ state: "succeeded", duplicate: true });
    expect(await world.events(project, id)).toEqual(events);
  });

  it("counts even when the acknowledgement before it was lost", async () => {
    const { id } = await world.start(project);
    const [grant] = (await east.claim()).leases;
    await east.finish(grant?.leaseId ?? "");
    expect((await show(id)).state).toBe("ready");
  });

  it("leads to sleep, and from sleep to ready again", async () => {
    const id = await up();
    await world.wish(project, id, "sleep");
    await run(id, "sleep", { proved: false });
    expect(await show(id)).toMatchObject({ state: "sleeping", provedAt: null });
    await world.wish(project, id, "wake");
    await run(id, "wake");
    expect((await show(id)).state).toBe("ready");
  });

  it("of a probe counts from the probe's begin, not from its end", async () => {
    const id = await up();
    world.hub.clock.advance(5);
    await world.queue(id, "prove");
    const { leaseId } = await east.take();
    const began = world.hub.clock.now().toISOString();
    world.hub.clock.advance(5);
    await east.finish(leaseId);
    expect((await show(id)).provedAt).toBe(began);
  });

  it("tells its steps as events while it runs", async () => {
    const { id } = await world.start(project);
    const { leaseId } = await east.take();
    await east.step(leaseId, "rendered", "3 objects");
    const steps = (await world.events(project, id)).filter(({ type }) => type === "environment.step");
    expect(steps.map(({ data }) => data)).toMatchObject([
      { step: "rendered", message: "3 objects", kind: "up" },
    ]);
  });

  describe("a removal", () => {
    const begin = async (fields = {}) => {
      const id = await up({ objects: [deployment], ...fields });
      await world.remove(project, id);
      await world.queue(id, "down");
      return { id, grant: await east.take() };
    };

    it("with a whole proof ends as deleted, and its state and key are gone for good", async () => {
      const { id } = await world.start(project);
      const { leaseId } = await east.take();
      await east.link.putState(leaseId, stateOf("sealed"));
      await east.finish(leaseId, { objects: [deployment] });
      await world.takeDown(east, project, id);
      expect(await show(id)).toMatchObject({ state: "deleted", proofComplete: true, blockers: [] });
      expect(await blobs()).toEqual([]);
      const [row] = await world.hub.deps.database.select().from(environments).where(eq(environments.id, id));
      expect(row).toMatchObject({ wrappedStateKey: null, stateBlobKey: null });
      const proof = await world.hub.json("GET", `/v1/projects/${project}/environments/${id}/proof`);
      expect(proof).toMatchObject({ complete: true, objects: [{ name: "web", state: "gone" }] });
    });

    it.each([
      ["none at all", () => null],
      ["that calls itself incomplete", { complete: false }],
      ["with something left", { counts: { gone: 0, left: 1, unchecked: 0 } }],
      ["with something unchecked", { counts: { gone: 0, left: 0, unchecked: 1 } }],
      [
        "that lists an object as left",
        { objects: [{ ...deployment, state: "left" as const, why: "there" }] },
      ],
      ["that does not speak of what was recorded", { objects: [] }],
      ["for which no type was listed", { listed: 0, unlisted: [{ type: "*", why: "refused with 403" }] }],
      ["of another namespace", { namespace: "other" }],
      ["of another cluster", { cluster: "west" }],
    ])("is never deleted by a proof %s", async (_name, fields) => {
      const { id, grant } = await begin();
      const proof = typeof fields === "function" ? fields() : cleanProof(grant, "east", fields);
      expect(await east.finish(grant.leaseId, { proof })).toMatchObject({ state: "failed" });
      expect((await show(id)).state).toBe("deleting");
      expect((await world.facts(id)).operation).toMatchObject({ state: "failed", retryable: true });
    });

    it("is stuck while something is in its way, says what, and goes on once it is not", async () => {
      const { id, grant } = await begin();
      const { instance } = east;
      const tell = (blockers: ReturnType<typeof blocker>[]) => {
        const at = world.hub.clock.now().toISOString();
        return east.link.operationProgress(grant.leaseId, { instance, at, blockers });
      };
      await tell([blocker("finalizer example.com/x: its controller runs nowhere")]);
      expect(await show(id)).toMatchObject({ state: "stuck", reason: /example\.com/ });
      await tell([blocker("finalizer example.com/x: its controller runs nowhere")]);
      await tell([]);
      expect(await show(id)).toMatchObject({ state: "deleting", blockers: [] });
      const blocked = (await world.events(project, id)).filter(({ type }) => type === "environment.blocked");
      expect(blocked).toHaveLength(2);
      const failure = { code: "blocked" as const, message: "gave up for now" };
      await east.finish(grant.leaseId, { failure, blockers: [blocker("still there")] });
      expect(await show(id)).toMatchObject({ state: "stuck", blockers: [{ message: "still there" }] });
      await world.queue(id, "down");
      const again = await east.take();
      expect((await show(id)).state).toBe("stuck");
      await east.finish(again.leaseId, { proof: cleanProof(again, "east") });
      expect(await show(id)).toMatchObject({ state: "deleted", blockers: [] });
    });
  });

  describe("a state", () => {
    it("comes back as it was kept, with the versions that wrote it; the newest replaces the one before", async () => {
      const { id } = await world.start(project);
      const first = await east.take();
      expect(await codeOf(east.link.getState(first.leaseId))).toBe("state_missing");
      await east.link.putState(first.leaseId, stateOf("one"));
      await east.link.putState(first.leaseId, stateOf("two"));
      expect(await blobs()).toHaveLength(1);
      await east.finish(first.leaseId);
      await world.queue(id, "prove");
      const second = await east.take();
      expect(second.work).toMatchObject({ hasState: true, stateKey: first.work.stateKey });
      const { bytes, ...versions } = await east.link.getState(second.leaseId);
      expect(Buffer.from(bytes).toString()).toBe("two");
      expect(versions).toEqual({ engine: "3.259.0", provider: "embedded/1" });
    });

    it("whose bytes are not the proved ones, or are too many, leaves nothing behind", async () => {
      await world.start(project);
      const { leaseId } = await east.take();
      const altering = createHubLink({
        ...{ hubUrl: "https://hub.test", caPem: null, key: east.key },
        clock: { ...systemClock, now: () => world.hub.clock.now().getTime(), sleep: async () => {} },
        fetch: (url, request) =>
          east.fetch(
            url,
            request.body instanceof Uint8Array ? { ...request, body: request.body.subarray(1) } : request,
          ),
      });
      expect(await codeOf(altering.putState(leaseId, stateOf("sealed")))).toBe("proof_invalid");
      const large = { ...stateOf(""), bytes: new Uint8Array(limits.stateBytes + 1) };
      expect(await codeOf(east.link.putState(leaseId, large))).toBe("state_too_large");
      expect(await blobs("")).toEqual(await blobs("contents/"));
      expect(await codeOf(east.link.getState(leaseId))).toBe("state_missing");
    });
  });

  it("leaves the environment's key in no event, view, audit or log line, and wrapped in its row", async () => {
    const lines: string[] = [];
    const logger = pino({ level: "trace" }, { write: (line) => void lines.push(line) });
    const app = createApp({ ...world.hub.deps, logger });
    const token = await world.leases.joinToken("west", { role: "provisioner" });
    await world.hub.json("POST", "/v1/clusters/east/revoke");
    const west = await createTestProvisioner(world.hub, "west", token, app);
    const { id } = await world.start(project);
    const grant = await west.take();
    const { stateKey } = grant.work;
    await codeOf(west.finish("l-unknown"));
    await west.finish(grant.leaseId);
    const { database: db } = world.hub.deps;
    const everything = JSON.stringify([
      await world.events(project, id),
      await show(id),
      await db.select().from(auditEntries),
      await db.select().from(environments),
      lines,
    ]);
    expect(everything).toContain(id);
    for (const key of [stateKey, Buffer.from(stateKey, "base64").toString("base64url"), grant.leaseToken])
      expect(everything).not.toContain(key);
  });
});
