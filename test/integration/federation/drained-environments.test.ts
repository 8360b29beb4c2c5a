import type { Cluster } from "@seatrial/contracts/clusters/cluster.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "../../support/environment-world.ts";
import { createTestHub } from "../../support/test-hub.ts";
import type { TestProvisioner } from "../../support/test-provisioner.ts";

stopServerAfterTests();

describe.each(databases)("what lives in a cluster out of service, on $name", (database) => {
  let world: EnvironmentWorld;
  let east: TestProvisioner;
  let west: TestProvisioner;
  const project = "p";
  beforeAll(async () => {
    world = createEnvironmentWorld(await createTestHub(database));
    await world.project(project);
    east = await world.provisioner("east");
    west = await world.provisioner("west");
  });
  afterAll(() => world.hub.close());

  const duty = (name: string, verb: string, body: object = {}) =>
    world.hub.json<Cluster>("POST", `/v1/clusters/${name}/${verb}`, { body });

  it("goes on: no new environment comes, those that are there are updated and removed", async () => {
    const { id } = await world.start(project);
    await east.finish((await east.take()).leaseId);
    await duty("east", "cordon");
    const other = await world.start(project, { name: "other" });
    expect(await east.claim()).toMatchObject({ leases: [], clusterState: "cordoned" });
    await world.queue(id, "prove");
    expect((await east.take()).work).toMatchObject({ environmentId: id, operation: "prove" });
    const placed = await west.take();
    expect(placed.work.environmentId).toBe(other.id);
    await west.finish(placed.leaseId);
    await duty("east", "uncordon");
  });

  it("holds a drain and is named, until it is deleted on demand and proved gone", async () => {
    const left = (await duty("west", "drain", { withinSeconds: 0 })).drain?.left;
    expect(left).toMatchObject({ shards: 0, environmentCount: 1 });
    expect(left?.environments).toMatchObject([{ project, name: "other", ownedByRun: null }]);
    const id = left?.environments[0]?.id ?? "";
    await duty("west", "drain", { withinSeconds: 0, deleteEnvironments: true });
    expect(await world.show(project, id)).toMatchObject({ wanted: "gone" });
    await world.takeDown(west, project, id);
    const { drain } = await world.hub.json<Cluster>("GET", "/v1/clusters/west");
    expect(drain?.left).toMatchObject({ shards: 0, environmentCount: 0, environments: [] });
    await duty("west", "uncordon");
  });
});
