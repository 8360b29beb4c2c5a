import type { EnvironmentRequestInput } from "@seatrial/contracts/environments/environment.ts";
import type { EnvironmentPlacement, PlacementPage } from "@seatrial/contracts/placement/placement.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { driveWorkflows, type Workflows } from "../../support/drive-workflows.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "../../support/environment-world.ts";
import { createProject, imageSuite } from "../../support/hub-fixtures.ts";
import { createTestHub } from "../../support/test-hub.ts";
import type { TestProvisioner } from "../../support/test-provisioner.ts";

stopServerAfterTests();

describe.each(databases)("the environment that a run waits for, on $name", (database) => {
  let world: EnvironmentWorld;
  let workflows: Workflows;
  let runToken: string;
  let contentSha256: string;
  beforeEach(async () => {
    const hub = await createTestHub(database);
    world = createEnvironmentWorld(hub);
    workflows = driveWorkflows(hub);
    ({ runToken } = await createProject(hub, "shop"));
    const uploaded = await world.request("shop");
    await world.remove("shop", uploaded.id);
    ({ contentSha256 } = uploaded);
    await workflows.work();
  });
  afterEach(() => world.hub.close());

  /** A provisioner that has asked once, so that the hub knows its slots. */
  async function ready(name: string, fields: Parameters<EnvironmentWorld["provisioner"]>[1] = {}, slots = 4) {
    const provisioner = await world.provisioner(name, fields);
    await provisioner.claim({ slots, slotsFree: 0 });
    return provisioner;
  }
  const post = (environment: object) =>
    world.hub.json<Run>("POST", "/v1/projects/shop/runs", { body: { suites: [imageSuite()], environment } });
  /** A run with an environment of its own, a second later than what was before. */
  async function start(fields: Partial<EnvironmentRequestInput> = {}): Promise<Run> {
    world.hub.clock.advance(1);
    const template = { components: [{ name: "web", kind: "manifests", path: "app.yaml" }] };
    const run = await post({ name: "preview", template, contentSha256, ...fields });
    await workflows.work();
    return run;
  }
  const read = (run: Run, token?: string) =>
    world.hub.json<PlacementPage>(
      "GET",
      `/v1/projects/shop/runs/${run.id}/placement`,
      token ? { token } : {},
    );
  async function explain(run: Run, token?: string): Promise<EnvironmentPlacement> {
    const { environment } = await read(run, token);
    if (!environment) throw new Error(`run ${run.id} waits for no environment`);
    return environment;
  }
  const codesOf = async (run: Run) =>
    (await explain(run)).waiting?.clusters.map(({ against }) => against.map(({ code }) => code));
  async function take(provisioner: TestProvisioner): Promise<string> {
    const [grant] = (await provisioner.claim({ slots: 1, slotsFree: 1 })).leases;
    if (grant === undefined) throw new Error("nothing was granted");
    await provisioner.acknowledge(grant.leaseId);
    return grant.leaseId;
  }
  const europe = { clusters: { labels: { region: "eu" } } };

  it("is told with each cluster's answer and the nearest obstacle", async () => {
    const labels = { region: "eu" };
    await ready("south", { labels });
    world.hub.clock.advance(61);
    await ready("east");
    await ready("north", { labels, taints: [{ key: "gpu" }] });
    await world.leases.agent("west", { labels });
    const run = await start(europe);
    const { items } = await read(run);
    expect(items).toEqual([]);
    expect(await explain(run)).toMatchObject({
      ...{ name: "preview", state: "requested", cluster: null },
      waiting: {
        ahead: 0,
        reasons: [{ code: "provisioner_silent", message: "south: has a provisioner that is silent" }],
        clusters: [
          { cluster: "east", against: [{ code: "labels", message: "has not region=eu" }] },
          {
            cluster: "north",
            against: [{ code: "taint", message: "has the taint gpu, which it does not tolerate" }],
          },
          {
            cluster: "south",
            against: [{ code: "provisioner_silent", message: "has a provisioner that is silent" }],
          },
          { cluster: "west", against: [{ code: "no_provisioner", message: "has no provisioner" }] },
        ],
      },
    });
  });

  it("waits for a slot, for a place of its project, or for its turn", async () => {
    const quota = (environmentQuota: number) =>
      world.hub.json("PATCH", "/v1/projects/shop", { body: { environmentQuota } });
    await quota(1);
    const east = await ready("east", {}, 1);
    const first = await start();
    expect(await codesOf(first)).toEqual([[]]);
    const lease = await take(east);
    const second = await start();
    expect((await explain(second)).waiting?.clusters[0]?.against).toEqual([
      { code: "full", message: "its provisioner does 1 of at most 1 at a time" },
    ]);
    await east.finish(lease);
    await workflows.work();
    expect((await explain(second)).waiting?.reasons).toEqual([
      { code: "quota", message: "east: its project has 1 of 1 environments" },
    ]);
    await quota(3);
    const third = await start();
    expect([await codesOf(second), await codesOf(third)]).toEqual([[[]], [["order"]]]);
    expect((await explain(third)).waiting?.ahead).toBe(1);
    world.hub.clock.advance(5);
    expect((await explain(third)).waiting?.sinceSeconds).toBe(5);
  });

  it("waits for nobody while a provisioner works on it, and is no matter once the run has shards", async () => {
    const east = await ready("east");
    const run = await start();
    const lease = await take(east);
    expect(await explain(run)).toMatchObject({ state: "creating", cluster: "east", waiting: null });
    await east.finish(lease);
    await workflows.work();
    const { items, environment } = await read(run);
    expect([items.length, environment]).toEqual([1, null]);
  });

  it("that stands already is its own cluster's alone", async () => {
    const east = await ready("east");
    const { id } = await world.request("shop");
    await workflows.work();
    await east.finish(await take(east));
    await workflows.work();
    world.hub.clock.advance(61);
    await ready("west");
    const run = await post({ id });
    await workflows.work();
    expect(await explain(run)).toMatchObject({
      ...{ environmentId: id, state: "ready", cluster: "east" },
      waiting: {
        clusters: [
          { cluster: "east", against: [{ code: "provisioner_silent" }] },
          { cluster: "west", against: [{ code: "binding" }] },
        ],
      },
    });
    await world.hub.json("POST", "/v1/clusters/east/cordon", { body: {} });
    await east.claim({ slotsFree: 0 });
    expect(await codesOf(run)).toEqual([[], ["binding"]]);
  });

  it("tells when its workflow has not begun, and a provisioner that has never asked", async () => {
    await ready("east");
    await world.provisioner("west");
    const template = { components: [{ name: "web", kind: "manifests", path: "app.yaml" }] };
    const run = await post({ name: "preview", template, contentSha256 });
    expect(await codesOf(run)).toEqual([["not_begun"], ["not_ready"]]);
    await workflows.work();
    expect(await codesOf(run)).toEqual([[], ["not_ready"]]);
  });

  it("names no cluster that is not open to the project, but to administrators", async () => {
    await world.project("other");
    await ready("east", { projects: ["other"] });
    const run = await start();
    expect((await explain(run, runToken)).waiting).toMatchObject({
      clusters: [],
      reasons: [{ code: "projects", message: "no cluster is open to this project" }],
    });
    expect(await codesOf(run)).toEqual([["projects"]]);
  });

  it("is none for a run without an environment", async () => {
    await ready("east");
    const body = { suites: [imageSuite()] };
    const run = await world.hub.json<Run>("POST", "/v1/projects/shop/runs", { body });
    expect(await read(run)).toEqual({ items: [], nextCursor: null, environment: null });
  });
});
