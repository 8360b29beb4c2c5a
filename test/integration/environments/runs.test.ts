import type { LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { Evidence } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { Endpoint, EnvironmentRequestInput } from "@seatrial/contracts/environments/environment.ts";
import type { Run, Shard } from "@seatrial/contracts/runs/run.ts";
import type { RunEvent } from "@seatrial/contracts/runs/run-event.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { driveWorkflows, type Workflows } from "../../support/drive-workflows.ts";
import { createShop, type EnvironmentShop } from "../../support/environment-shop.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "../../support/environment-world.ts";
import { imageSuite, problemOf } from "../../support/hub-fixtures.ts";
import type { TestAgent } from "../../support/test-agent.ts";
import { createTestHub, type TestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

const endpoints: Endpoint[] = [
  { name: "web-ui", reach: "cluster", url: "http://web.ns:80", host: "web.ns", port: 80, provedAt: null },
];
const red = { exitCode: 1 };

describe.each(databases)("runs with an environment on $name", (database) => {
  let hub: TestHub;
  let world: EnvironmentWorld;
  let workflows: Workflows;
  beforeAll(async () => {
    hub = await createTestHub(database);
    world = createEnvironmentWorld(hub);
    workflows = driveWorkflows(hub);
  });
  afterAll(() => hub.close());

  type RunShop = EnvironmentShop & { agent: TestAgent; contentSha256: string };

  /** A shop whose cluster has an agent too. */
  async function open(): Promise<RunShop> {
    const shop = await createShop(world, workflows);
    const agent = await world.leases.agent(shop.cluster, { projects: [shop.name] });
    const { contentSha256, id } = await world.request(shop.name);
    await world.remove(shop.name, id);
    await workflows.work();
    return { ...shop, agent, contentSha256 };
  }
  const template = {
    components: [{ name: "web", kind: "manifests" as const, path: "app.yaml" }],
    expose: { "web-ui": { port: 80 } },
  };
  const preview = (shop: RunShop, fields: Partial<EnvironmentRequestInput> = {}) => {
    return { name: "preview", template, contentSha256: shop.contentSha256, ...fields };
  };
  async function start(shop: RunShop, environment: object, suites = [imageSuite()]): Promise<Run> {
    const run = await hub.json<Run>("POST", `${shop.path}/runs`, { body: { suites, environment } });
    await workflows.work();
    return show(shop, run.id);
  }
  const show = (shop: RunShop, runId: string) => hub.json<Run>("GET", `${shop.path}/runs/${runId}`);
  const shardsOf = async (shop: RunShop, runId: string) =>
    (await hub.json<{ items: Shard[] }>("GET", `${shop.path}/runs/${runId}/shards`)).items;
  const environmentOf = (shop: RunShop, run: Run) => world.show(shop.name, run.environment?.id ?? "");
  async function take({ agent }: RunShop): Promise<LeaseGrant> {
    const [grant] = (await agent.claim({ slotsFree: 1 })).leases;
    if (grant === undefined) throw new Error("the agent was given nothing");
    await agent.acknowledge([grant.leaseId]);
    await agent.progress(grant.leaseId, "running");
    return grant;
  }
  async function finish(shop: RunShop, grant: LeaseGrant, exit = {}): Promise<void> {
    await shop.agent.finish(grant.leaseId, exit);
    await workflows.work();
  }

  it("say which place their environment has in its project's line, and go on when a place is free", async () => {
    const shop = await open();
    await hub.json("PATCH", `/v1/projects/${shop.name}`, { body: { environmentQuota: 1 } });
    const first = await start(shop, preview(shop));
    await shop.operate("up", { endpoints });
    hub.clock.advance(1);
    const second = await start(shop, preview(shop));
    hub.clock.advance(1);
    const third = await start(shop, preview(shop));
    const reasonOf = async (run: Run) => (await show(shop, run.id)).reason;
    const inLine = (place: string) =>
      `waits for environment preview: ${place} in line, the project has 1 of 1 environments`;
    expect([await reasonOf(second), await reasonOf(third)]).toEqual([inLine("1st"), inLine("2nd")]);
    await finish(shop, await take(shop));
    await shop.operate("down");
    expect(await show(shop, first.id)).toMatchObject({ state: "passed" });
    expect(await reasonOf(third)).toBe(inLine("1st"));
    await shop.operate("up", { endpoints });
    expect(await show(shop, second.id)).toMatchObject({ state: "running" });
    const { items } = await hub.json<{ items: RunEvent[] }>(
      "GET",
      `${shop.path}/runs/${third.id}/events?limit=50`,
    );
    const waits = items.filter(({ type }) => type === "run.waiting").map(({ data }) => data.reason);
    expect(waits).toEqual(expect.arrayContaining([inLine("2nd"), inLine("1st")]));
  });

  it("wait for the one they bring, test it, and take it along", async () => {
    const shop = await open();
    const suite = imageSuite("smoke", {
      command: ["curl", "${environment.web-ui.url}/x", "${environment.namespace}"],
      env: { PORT: "${environment.web-ui.port}" },
    });
    const run = await start(shop, preview(shop), [suite]);
    expect(run).toMatchObject({
      state: "queued",
      reason: "waits for environment preview: requested",
      environment: { name: "preview", owned: true, state: "requested" },
    });
    expect((await shop.agent.claim()).leases).toEqual([]);
    await shop.operate("up", { endpoints });
    const environment = await environmentOf(shop, run);
    expect(environment.runId).toBe(run.id);
    const { leaseId, work } = await take(shop);
    expect(work.command).toEqual(["curl", "http://web.ns:80/x", environment.namespace]);
    expect(work.env).toEqual({
      PORT: "80",
      SEATRIAL_CLUSTER: shop.cluster,
      SEATRIAL_ENVIRONMENT_ID: environment.id,
      SEATRIAL_ENVIRONMENT_NAMESPACE: environment.namespace,
      SEATRIAL_ENVIRONMENT_WEB_UI_URL: "http://web.ns:80",
      SEATRIAL_ENVIRONMENT_WEB_UI_HOST: "web.ns",
      SEATRIAL_ENVIRONMENT_WEB_UI_PORT: "80",
    });
    expect(work.environment).toEqual({ id: environment.id, namespace: environment.namespace });
    await shop.agent.finish(leaseId);
    await workflows.work();
    expect(await show(shop, run.id)).toMatchObject({ state: "passed", reason: null });
    await shop.operate("down");
    expect(await environmentOf(shop, run)).toMatchObject({ state: "deleted", proofComplete: true });
    const { items } = await hub.json<{ items: RunEvent[] }>("GET", `${shop.path}/runs/${run.id}/events`);
    expect(items.map(({ type }) => type)).toContain("run.waiting");
  });

  it("run where their environment is, and in no other cluster", async () => {
    const shop = await open();
    const elsewhere = await world.leases.agent(`${shop.cluster}-west`, { projects: [shop.name] });
    const run = await start(shop, preview(shop));
    await shop.operate("up", { endpoints });
    expect((await elsewhere.claim()).leases).toEqual([]);
    await shop.agent.claim({ slotsFree: 0 });
    hub.clock.advance(11);
    await world.tick();
    expect((await shardsOf(shop, run.id))[0]?.reason).toContain(
      `in ${shop.cluster}, where its environment is`,
    );
    expect((await take(shop)).work.runId).toBe(run.id);
  });

  it("run in any cluster when every endpoint is open to the network", async () => {
    const shop = await open();
    const elsewhere = await world.leases.agent(`${shop.cluster}-west`, { projects: [shop.name] });
    await start(shop, preview(shop));
    await shop.operate("up", { endpoints: endpoints.map((one) => ({ ...one, reach: "network" as const })) });
    expect((await elsewhere.claim()).leases).toHaveLength(1);
  });

  it("cannot ask for labels that their environment's cluster has not", async () => {
    const shop = await open();
    const suite = imageSuite("smoke", { clusters: { labels: { gpu: "yes" } } });
    const run = await start(shop, preview(shop), [suite]);
    await shop.operate("up", { endpoints });
    const ended = await show(shop, run.id);
    expect(ended.state).toBe("errored");
    expect(ended.suites[0]?.reason).toContain("gpu=yes");
  });

  it("are errored with the reason when their environment cannot be made, which is then removed", async () => {
    const shop = await open();
    const run = await start(shop, preview(shop));
    const failure = {
      code: "not_ready" as const,
      message: "Deployment/web: ImagePullBackOff",
      file: null,
      line: null,
    };
    await shop.operate("up", { failure, proved: false });
    const ended = await show(shop, run.id);
    expect(ended.state).toBe("errored");
    expect(ended.reason).toContain("ImagePullBackOff");
    expect(ended.suites[0]).toMatchObject({ state: "errored", reason: ended.reason });
    await shop.operate("down");
    expect(await environmentOf(shop, run)).toMatchObject({ state: "deleted" });
  });

  it("leave it for people to look at when they fail, for as long as they were asked to", async () => {
    const shop = await open();
    const run = await start(shop, preview(shop, { keepOnFailureSeconds: 900 }));
    await shop.operate("up", { endpoints });
    await finish(shop, await take(shop), red);
    await shop.operate("prove");
    const kept = new Date(hub.clock.now().getTime() + 900_000).toISOString();
    expect(await show(shop, run.id)).toMatchObject({ state: "failed" });
    expect(await environmentOf(shop, run)).toMatchObject({
      state: "ready",
      wanted: "present",
      expiresAt: kept,
    });
    hub.clock.advance(900);
    await workflows.lookAtEnvironment(run.environment?.id ?? "");
    await shop.operate("down");
    expect(await environmentOf(shop, run)).toMatchObject({ state: "deleted" });
  });

  it("test none that another brought and takes along at its end, and one that it left as any that stands", async () => {
    const shop = await open();
    const first = await start(shop, preview(shop, { keepOnFailureSeconds: 900 }));
    await shop.operate("up", { endpoints });
    const id = first.environment?.id ?? "";
    const body = { suites: [imageSuite()], environment: { id } };
    const refused = await problemOf(await hub.call("POST", `${shop.path}/runs`, { body }));
    expect(refused).toMatchObject({ status: 409, code: "conflict" });
    expect(refused.detail).toContain(first.id);
    await finish(shop, await take(shop), red);
    await shop.operate("prove");
    expect(await show(shop, first.id)).toMatchObject({ state: "failed" });
    hub.clock.advance(60);
    const second = await start(shop, { id });
    await shop.operate("prove");
    await finish(shop, await take(shop));
    expect(await show(shop, second.id)).toMatchObject({ state: "passed", environment: { id, owned: false } });
  });

  it("never undercut what an extension promised", async () => {
    const shop = await open();
    const run = await start(shop, preview(shop));
    await shop.operate("up", { endpoints });
    const promised = new Date(hub.clock.now().getTime() + 3_600_000).toISOString();
    await world.wish(shop.name, run.environment?.id ?? "", "extend", { seconds: 3_600 });
    await finish(shop, await take(shop));
    expect(await show(shop, run.id)).toMatchObject({ state: "passed" });
    expect(await environmentOf(shop, run)).toMatchObject({ wanted: "present", expiresAt: promised });
  });

  it("leave what is pinned until the pin is taken off, and take along what was pinned until before their end", async () => {
    const shop = await open();
    const pinned = async (seconds: number) => {
      const run = await start(shop, preview(shop));
      await shop.operate("up", { endpoints });
      const until = new Date(hub.clock.now().getTime() + seconds * 1_000).toISOString();
      await world.wish(shop.name, run.environment?.id ?? "", "pin", { until, reason: "to look at it" });
      return { run, until };
    };
    const { run, until } = await pinned(3_600);
    await finish(shop, await take(shop));
    expect(await show(shop, run.id)).toMatchObject({ state: "passed" });
    expect(await environmentOf(shop, run)).toMatchObject({ wanted: "present", expiresAt: until });
    await world.wish(shop.name, run.environment?.id ?? "", "pin", { until: null });
    await workflows.work();
    expect(await environmentOf(shop, run)).toMatchObject({ wanted: "gone" });
    await shop.operate("down");

    const ended = await pinned(60);
    hub.clock.advance(60);
    await finish(shop, await take(shop));
    expect(await environmentOf(shop, ended.run)).toMatchObject({
      wanted: "gone",
      pin: { until: ended.until },
    });
  });

  it("that are cancelled while they wait end at once, and what they brought goes", async () => {
    const shop = await open();
    const run = await start(shop, preview(shop, { keepOnFailureSeconds: 900 }));
    const up = await shop.provisioner.take();
    await hub.json("POST", `${shop.path}/runs/${run.id}/cancel`);
    await workflows.work();
    expect(await show(shop, run.id)).toMatchObject({ state: "cancelled" });
    await shop.provisioner.finish(up.leaseId);
    await workflows.work();
    await shop.operate("down");
    expect(await environmentOf(shop, run)).toMatchObject({ state: "deleted" });
  });

  it("prove one that stands by itself again, wake it, and leave it standing", async () => {
    const shop = await open();
    const { id } = await shop.ready({ template });
    await world.wish(shop.name, id, "sleep");
    await workflows.work();
    await shop.operate("sleep");
    hub.clock.advance(60);
    const run = await start(shop, { id });
    expect(run).toMatchObject({ state: "queued", reason: "waits for environment preview: sleeping" });
    await shop.operate("wake");
    expect((await shop.agent.claim({ slotsFree: 0 })).leases).toEqual([]);
    const conflict = await problemOf(await hub.call("POST", shop.at(id, "sleep")));
    expect(conflict).toMatchObject({ status: 409, code: "conflict" });
    await finish(shop, await take(shop));
    expect(await show(shop, run.id)).toMatchObject({ state: "passed", environment: { id, owned: false } });
    hub.clock.advance(60);
    const second = await start(shop, { id });
    expect(second.reason).toContain("proving its endpoints");
    await shop.operate("prove");
    expect(await show(shop, second.id)).toMatchObject({ state: "running" });
    await finish(shop, await take(shop));
    expect(await world.show(shop.name, id)).toMatchObject({ state: "ready", wanted: "present" });
  });

  it("are errored when the one that stands is not proved, and it stays as it is", async () => {
    const shop = await open();
    const { id } = await shop.ready({ template });
    hub.clock.advance(60);
    const run = await start(shop, { id });
    const failure = { code: "not_proved" as const, message: "web-ui answered 503", file: null, line: null };
    await shop.operate("prove", { failure, proved: false });
    const ended = await show(shop, run.id);
    expect(ended.state).toBe("errored");
    expect(ended.reason).toContain("503");
    expect(await world.show(shop.name, id)).toMatchObject({ state: "ready" });
    hub.clock.advance(60);
    const next = await start(shop, { id });
    await shop.operate("prove");
    expect(await show(shop, next.id)).toMatchObject({ state: "running" });
  });

  it("refuse what is not there, is going, or is named by no variable of theirs", async () => {
    const shop = await open();
    const post = async (target: EnvironmentShop, environment: unknown, suites = [imageSuite()]) =>
      problemOf(await hub.call("POST", `${target.path}/runs`, { body: { suites, environment } }));
    const { id } = await shop.ready({ template });
    const other = await createShop(world, workflows);
    expect(await post(other, { id })).toMatchObject({ status: 404, code: "not_found" });
    const named = (text: string) => [imageSuite("smoke", { command: ["curl", text] })];
    const unknown = await post(shop, { id }, named("${environment.api.url}"));
    expect(unknown).toMatchObject({ status: 422, code: "invalid_request" });
    expect(unknown.detail).toContain("/suites/0/command/1");
    expect(unknown.detail).toContain("web-ui.url");
    expect((await post(shop, null, named("${environment.id}"))).detail).toContain("needs an environment");
    await world.remove(shop.name, id);
    expect(await post(shop, { id })).toMatchObject({ status: 409, code: "environment_gone" });
    const none = await post(shop, preview(shop, { contentSha256: "0".repeat(64) }));
    expect(none).toMatchObject({ code: "content_missing" });
    expect((await hub.json<{ items: Run[] }>("GET", `${shop.path}/runs`)).items).toEqual([]);
  });

  it("repeated bring another environment from the same template", async () => {
    const shop = await open();
    const run = await start(shop, preview(shop, { ttlSeconds: 700 }));
    await shop.operate("up", { endpoints });
    await finish(shop, await take(shop));
    await shop.operate("down");
    const again = await hub.json<Run>("POST", `${shop.path}/runs/${run.id}/rerun`, { body: {} });
    expect(again.environment).toMatchObject({ name: "preview", owned: true, state: "requested" });
    expect(again.environment?.id).not.toBe(run.environment?.id);
    const expiresAt = new Date(hub.clock.now().getTime() + 700_000).toISOString();
    expect(await environmentOf(shop, again)).toMatchObject({ expiresAt, contentSha256: shop.contentSha256 });
  });

  /** Time in which the hub is there: a longer jump would be an absence of its own. */
  async function pass(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= 30) {
      hub.clock.advance(Math.min(30, left));
      await world.tick();
      await workflows.work();
    }
  }

  it("wait for a cluster that is silent, and end when it stays away", async () => {
    const shop = await open();
    const run = await start(shop, preview(shop), [imageSuite("smoke", { shards: 2 })]);
    await shop.operate("up", { endpoints });
    await world.tick();
    await take(shop);
    await pass(170);
    expect((await shardsOf(shop, run.id)).map(({ state }) => state)).toEqual(["queued", "queued"]);
    await pass(20);
    const reason = expect.stringContaining("environment unreachable");
    expect(await show(shop, run.id)).toMatchObject({ state: "errored", reason });
    await shop.operate("down");
  });

  describe("whose tests are red", () => {
    const evidence = (kind: Evidence["kind"], at: Date | null): Evidence => {
      return { at: at?.toISOString() ?? null, kind, object: "Pod/web", message: `${kind} of web` };
    };
    async function redAttempt(suites = [imageSuite()]) {
      const shop = await open();
      const run = await start(shop, preview(shop), suites);
      await shop.operate("up", { endpoints });
      const grant = await take(shop);
      await finish(shop, grant, red);
      // The agent's word is that it ran at this moment.
      const during = hub.clock.now();
      hub.clock.advance(5);
      return { shop, run, during };
    }

    it("are settled when their environment was sound, and not before", async () => {
      const { shop, run } = await redAttempt();
      expect(await show(shop, run.id)).toMatchObject({ state: "running" });
      const probe = await shop.provisioner.take();
      expect(probe.work).toMatchObject({ operation: "prove" });
      expect(probe.work.evidenceSince).not.toBeNull();
      await shop.provisioner.finish(probe.leaseId, { evidence: [evidence("event", hub.clock.now())] });
      await workflows.work();
      expect(await show(shop, run.id)).toMatchObject({ state: "failed" });
      await shop.operate("down");
    });

    it("are errored with the evidence when their environment broke meanwhile", async () => {
      const { shop, run, during } = await redAttempt([imageSuite("smoke", { retries: 2 })]);
      await shop.operate("prove", { evidence: [evidence("event", during), evidence("oom", during)] });
      expect(await show(shop, run.id)).toMatchObject({ state: "errored" });
      const [shard] = await shardsOf(shop, run.id);
      expect(shard).toMatchObject({ state: "errored" });
      expect(shard?.reason).toContain("environment: oom Pod/web");
      expect(shard?.attempts).toHaveLength(1);
      const [attempt] = shard?.attempts ?? [];
      expect(attempt).toMatchObject({ state: "errored", exit: { reason: "environment_lost", exitCode: 1 } });
      expect(attempt?.exit?.evidence.join()).toContain("oom of web");
      await shop.operate("down");
    });

    it("are errored when its endpoints refuse the probe", async () => {
      const { shop, run } = await redAttempt();
      const failure = { code: "not_proved" as const, message: "web-ui refused", file: null, line: null };
      await shop.operate("prove", { failure, proved: false });
      expect((await shardsOf(shop, run.id))[0]?.reason).toContain("web-ui refused");
      expect(await show(shop, run.id)).toMatchObject({ state: "errored" });
    });

    it("are settled without evidence when the probe is lost", async () => {
      const { shop, run } = await redAttempt();
      await shop.provisioner.take();
      hub.clock.advance(61);
      await shop.agent.heartbeat([]);
      await world.tick();
      await workflows.work();
      expect(await show(shop, run.id)).toMatchObject({ state: "failed" });
      const said = (await shardsOf(shop, run.id))[0]?.attempts[0]?.exit?.evidence.join();
      expect(said).toContain("no evidence about the environment");
    });

    it("are settled without evidence when nobody takes the probe for two minutes", async () => {
      const { shop, run } = await redAttempt();
      hub.clock.advance(114);
      await shop.agent.heartbeat([]);
      await world.tick();
      await workflows.work();
      expect(await show(shop, run.id)).toMatchObject({ state: "running" });
      hub.clock.advance(1);
      await world.tick();
      await workflows.work();
      expect(await show(shop, run.id)).toMatchObject({ state: "failed" });
    });

    it("say nothing when the cluster of their environment is silent for longer than a lease", async () => {
      const { shop, run } = await redAttempt([imageSuite("smoke", { retries: 2 })]);
      await world.tick();
      await pass(54);
      expect(await show(shop, run.id)).toMatchObject({ state: "running" });
      await pass(20);
      const reason = expect.stringContaining(
        `environment unreachable: nothing was heard of cluster ${shop.cluster}`,
      );
      expect(await show(shop, run.id)).toMatchObject({ state: "errored", reason });
      expect(await shardsOf(shop, run.id)).toMatchObject([
        { state: "errored", attempts: [{ state: "errored", exit: { reason: "environment_lost" } }] },
      ]);
      await shop.operate("down");
      expect(await environmentOf(shop, run)).toMatchObject({ state: "deleted", proofComplete: true });
    });

    it("wait for their environment's cluster when it was the hub that was away", async () => {
      const { shop, run } = await redAttempt();
      hub.clock.advance(90);
      await workflows.work();
      await world.tick();
      await workflows.work();
      expect(await show(shop, run.id)).toMatchObject({ state: "running" });
      await shop.operate("prove");
      expect(await show(shop, run.id)).toMatchObject({ state: "failed" });
    });

    it("are settled at once when their environment is already going", async () => {
      const shop = await open();
      const run = await start(shop, preview(shop));
      await shop.operate("up", { endpoints });
      const grant = await take(shop);
      await world.remove(shop.name, run.environment?.id ?? "");
      await finish(shop, grant, red);
      expect(await show(shop, run.id)).toMatchObject({ state: "failed" });
      await shop.operate("down");
    });

    it("are errored when it was removed under them, and what had not begun does not begin", async () => {
      const shop = await open();
      const run = await start(shop, preview(shop), [imageSuite("smoke", { shards: 2 })]);
      await shop.operate("up", { endpoints });
      const grant = await take(shop);
      await world.remove(shop.name, run.environment?.id ?? "");
      await workflows.work();
      await shop.operate("down");
      await finish(shop, grant, red);
      expect(await show(shop, run.id)).toMatchObject({ state: "errored" });
      const reasons = (await shardsOf(shop, run.id)).map(({ reason }) => reason);
      expect(reasons.toSorted()).toEqual([
        expect.stringContaining("'down' changed the environment while the test ran"),
        expect.stringContaining("was removed before this began"),
      ]);
    });

    it("share one probe when several wait for it", async () => {
      const shop = await open();
      const run = await start(shop, preview(shop), [imageSuite("smoke", { shards: 3 })]);
      await shop.operate("up", { endpoints });
      for (let shard = 0; shard < 3; shard += 1) await finish(shop, await take(shop), red);
      await shop.operate("prove");
      expect(await show(shop, run.id)).toMatchObject({ state: "failed" });
      const { operations } = await environmentOf(shop, run);
      expect(operations.filter(({ kind }) => kind === "prove")).toHaveLength(1);
    });
  });
});
