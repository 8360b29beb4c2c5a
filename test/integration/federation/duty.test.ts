import type { Cluster } from "@seatrial/contracts/clusters/cluster.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import type { TestAgent } from "../../support/test-agent.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("a cluster's duty on $name", (database) => {
  let world: LeaseWorld;
  let east: TestAgent;
  let west: TestAgent;
  let project: string;
  let count = 0;
  beforeAll(async () => {
    world = createLeaseWorld(await createTestHub(database));
  });
  afterAll(() => world.hub.close());

  /** Two clusters of one project, each test its own. */
  async function twoClusters(protocol: 1 | 2 = 2): Promise<{ east: string; west: string }> {
    count += 1;
    project = await world.project(`p-${count}`);
    const names = { east: `east-${count}`, west: `west-${count}` };
    east = await world.agent(names.east, { projects: [project], protocol });
    west = await world.agent(names.west, { projects: [project] });
    return names;
  }
  const duty = (name: string, verb: string, body: object = {}) =>
    world.hub.json<Cluster>("POST", `/v1/clusters/${name}/${verb}`, { body });
  const show = (name: string) => world.hub.json<Cluster>("GET", `/v1/clusters/${name}`);
  const start = (fields = {}) => world.startRun(project, [commandSuite({ shards: 1, ...fields })]);
  /** A shard that runs in the east. */
  async function running(fields = {}): Promise<{ runId: string; lease: string }> {
    const runId = await start(fields);
    const lease = (await east.claim()).leases[0]?.leaseId ?? "";
    await east.acknowledge([lease]);
    await east.progress(lease, "running");
    return { runId, lease };
  }
  const attempts = async (runId: string) =>
    (await world.shards(project, runId)).flatMap((shard) => shard.attempts.map(({ state }) => state));
  const auditOf = async (action: string) => {
    const path = `/v1/audit?limit=200`;
    const { items } = await world.hub.json<{ items: { action: string }[] }>("GET", path);
    return items.filter((item) => item.action === action).length;
  };

  it("that is cordoned gets nothing new, keeps what it runs, and is told so; uncordoned it is as before", async () => {
    const names = await twoClusters();
    const { lease } = await running();
    const cordoned = await duty(names.east, "cordon", { reason: "new kernel" });
    expect(cordoned).toMatchObject({ state: "cordoned", cordon: { reason: "new kernel" }, drain: null });
    await start();
    expect(await east.claim({ running: [lease] })).toMatchObject({ leases: [], clusterState: "cordoned" });
    expect((await east.heartbeat([lease])).leases[0]?.state).toBe("held");
    expect((await east.finish(lease)).status).toBe(200);
    expect(await duty(names.east, "uncordon")).toMatchObject({ state: "ready", cordon: null });
    expect((await east.claim()).leases).toHaveLength(1);
  });

  it("may be changed again and again: what is so already is written down once", async () => {
    const names = await twoClusters();
    const before = [
      await auditOf("cluster.cordon"),
      await auditOf("cluster.drain"),
      await auditOf("cluster.uncordon"),
    ];
    const { cordon } = await duty(names.east, "cordon", { reason: "x" });
    world.hub.clock.advance(5);
    expect((await duty(names.east, "cordon", { reason: "x" })).cordon).toEqual(cordon);
    const { drain } = await duty(names.east, "drain", { withinSeconds: 100 });
    world.hub.clock.advance(5);
    expect((await duty(names.east, "drain", { withinSeconds: 100 })).drain?.until).toBe(drain?.until);
    expect((await duty(names.east, "cordon", { reason: "x" })).state).toBe("draining");
    for (let round = 0; round < 2; round += 1) await duty(names.east, "uncordon");
    const after = [
      await auditOf("cluster.cordon"),
      await auditOf("cluster.drain"),
      await auditOf("cluster.uncordon"),
    ];
    expect(after.map((times, index) => times - (before[index] ?? 0))).toEqual([1, 1, 1]);
  });

  it("is the platform team's to change, and a revoked cluster has none", async () => {
    const names = await twoClusters();
    const body = { name: "ci", scopes: ["manage"] };
    const { secret } = await world.hub.json<{ secret: string }>("POST", `/v1/projects/${project}/tokens`, {
      body,
    });
    const path = `/v1/clusters/${names.east}/cordon`;
    expect((await world.hub.call("POST", path, { token: secret, body: {} })).status).toBe(403);
    await world.hub.call("POST", `/v1/clusters/${names.east}/revoke`);
    for (const verb of ["cordon", "uncordon", "drain"]) {
      const answer = await world.hub.call("POST", `/v1/clusters/${names.east}/${verb}`, { body: {} });
      expect(await answer.json()).toMatchObject({
        code: "conflict",
        detail: expect.stringContaining("revoked"),
      });
    }
    expect((await world.hub.call("POST", "/v1/clusters/nowhere/drain", { body: {} })).status).toBe(404);
  });

  it("drained before its time is up lets shards end by themselves", async () => {
    const names = await twoClusters();
    const { runId, lease } = await running();
    await duty(names.east, "drain", { withinSeconds: 100 });
    world.hub.clock.advance(50);
    await world.tick();
    expect((await east.heartbeat([lease])).orders).toEqual([]);
    expect((await show(names.east)).drain?.left).toMatchObject({ shards: 1, environmentCount: 0 });
    await east.finish(lease);
    await world.work();
    expect((await show(names.east)).drain?.left.shards).toBe(0);
    expect((await world.run(project, runId)).state).toBe("passed");
  });

  it("drained to the end hands its shards to other clusters once they are stopped, and no retry is used", async () => {
    const names = await twoClusters();
    const { runId, lease } = await running({ infrastructureRetries: 0 });
    await east.log(lease, 0, "half of it\n");
    await duty(names.east, "drain", { withinSeconds: 10 });
    world.hub.clock.advance(10);
    await world.tick();
    expect((await east.claim({ running: [lease], waitSeconds: 5 })).released).toEqual([lease]);
    expect(await attempts(runId)).toEqual(["running"]);
    expect((await west.claim()).leases).toEqual([]);
    expect((await east.heartbeat([lease])).orders).toEqual([{ leaseId: lease, order: "release" }]);
    expect((await east.claim({ running: [] })).leases).toEqual([]);
    expect(await attempts(runId)).toEqual(["lost", "queued"]);
    expect(await (await east.finish(lease, { exitCode: 1 })).json()).toMatchObject({ code: "lease_stale" });
    const [again] = (await west.claim()).leases;
    await west.finish(again?.leaseId ?? "");
    await world.work();
    expect((await world.run(project, runId)).state).toBe("passed");
    expect((await world.shards(project, runId))[0]).toMatchObject({ state: "passed" });
  });

  it("drained while its agent is away takes the work back a little after the time is up", async () => {
    const names = await twoClusters();
    const { runId, lease } = await running({ infrastructureRetries: 0 });
    await duty(names.east, "drain", { withinSeconds: 10 });
    world.hub.clock.advance(29);
    await world.tick();
    expect(await attempts(runId)).toEqual(["running"]);
    world.hub.clock.advance(1);
    await world.tick();
    expect(await attempts(runId)).toEqual(["lost", "queued"]);
    expect((await east.claim({ running: [lease], waitSeconds: 2 })).disowned).toEqual([lease]);
  });

  it("drained waits for an agent that is heard, as long as that may take to delete its pods", async () => {
    const names = await twoClusters();
    const { runId, lease } = await running({ infrastructureRetries: 0 });
    await duty(names.east, "drain", { withinSeconds: 10 });
    for (let passed = 0; passed < 200; passed += 10) {
      world.hub.clock.advance(10);
      await east.heartbeat([lease]);
      await world.tick();
      expect(await attempts(runId)).toEqual(["running"]);
    }
    world.hub.clock.advance(10);
    await east.heartbeat([lease]);
    await world.tick();
    expect(await attempts(runId)).toEqual(["lost", "queued"]);
  });

  it("drained over an agent of the version before: it hears that the work is not its own any more", async () => {
    const names = await twoClusters(1);
    const { runId, lease } = await running({ infrastructureRetries: 0 });
    expect((await show(names.east)).protocol).toBe(1);
    await duty(names.east, "drain", { withinSeconds: 0 });
    await world.tick();
    expect((await east.claim({ running: [lease], waitSeconds: 5 })).disowned).toEqual([lease]);
    await east.claim({ running: [] });
    expect(await attempts(runId)).toEqual(["lost", "queued"]);
    expect((await west.claim()).leases).toHaveLength(1);
  });

  it("taken up again in a drain's last second loses nothing that was told to stop", async () => {
    const names = await twoClusters();
    const { runId, lease } = await running({ infrastructureRetries: 0 });
    await duty(names.east, "drain", { withinSeconds: 0 });
    expect((await east.claim({ running: [lease], waitSeconds: 5 })).released).toEqual([lease]);
    await duty(names.east, "uncordon");
    expect((await east.heartbeat([lease])).leases[0]?.state).toBe("release");
    const { leases } = await east.claim({ running: [] });
    expect(leases).toHaveLength(1);
    await east.finish(leases[0]?.leaseId ?? "");
    await world.work();
    expect((await world.run(project, runId)).state).toBe("passed");
  });

  it.each([
    ["goes on elsewhere at once", false],
    ["goes on at once also where the cluster is taken up again meanwhile", true],
  ])("drained tells it by a heartbeat as well: what was stopped then %s", async (_, isTakenUpAgain) => {
    const names = await twoClusters();
    const { runId, lease } = await running({ infrastructureRetries: 0 });
    await duty(names.east, "drain", { withinSeconds: 0 });
    expect((await east.heartbeat([lease])).leases[0]?.state).toBe("release");
    if (isTakenUpAgain) await duty(names.east, "uncordon");
    await east.claim({ running: [], slotsFree: 0 });
    expect(await attempts(runId)).toEqual(["lost", "queued"]);
  });

  it("drained under a restart of its agent: what its pods ran is released as well", async () => {
    const names = await twoClusters();
    const { runId, lease } = await running({ infrastructureRetries: 0 });
    await duty(names.east, "drain", { withinSeconds: 0 });
    east.restart();
    expect((await east.adopt([lease])).released).toEqual([lease]);
    await east.claim({ running: [] });
    expect(await attempts(runId)).toEqual(["lost", "queued"]);
  });

  it("drained ends with a reason what can run in no other cluster, held or queued", async () => {
    const names = await twoClusters();
    const clusters = { each: "cluster", labels: {} };
    const runId = await start({ shards: 2, clusters });
    const leases = (await east.claim({ slotsFree: 1 })).leases.map(({ leaseId }) => leaseId);
    await east.acknowledge(leases);
    await duty(names.east, "drain", { withinSeconds: 0 });
    await world.tick();
    expect((await east.claim({ running: leases, waitSeconds: 5 })).released).toEqual(leases);
    await east.claim({ running: [] });
    expect(await (await east.finish(leases[0] ?? "")).json()).toMatchObject({ code: "lease_stale" });
    for (const { leaseId } of (await west.claim()).leases) await west.finish(leaseId);
    await world.work();
    expect((await world.run(project, runId)).state).toBe("errored");
    const exits = (await world.shards(project, runId)).flatMap((shard) =>
      shard.attempts.map(({ exit }) => exit),
    );
    expect(exits.map((exit) => exit?.reason).toSorted()).toEqual([
      ...["cluster_drained", "cluster_drained", "completed", "completed"],
    ]);
  });

  it("is shown with what its agent speaks and keeps", async () => {
    const names = await twoClusters();
    await east.claim({ spool: { bytes: 5, capBytes: 10, dropped: 1 } });
    expect(await show(names.east)).toMatchObject({
      protocol: 2,
      spool: { bytes: 5, capBytes: 10, dropped: 1 },
    });
  });

  it("of an agent whose version nobody serves is none: it hears which are served", async () => {
    for (const version of [0, 3, 17]) {
      const answer = await world.hub.call("POST", `/agent/v${version}/claim`, { token: null, body: {} });
      expect(await answer.json()).toMatchObject({
        code: "protocol_unsupported",
        facts: { asked: version, oldest: 1, newest: 2 },
      });
    }
  });
});
