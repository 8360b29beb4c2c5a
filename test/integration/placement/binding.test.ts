import type { Endpoint } from "@seatrial/contracts/environments/environment.ts";
import type { PlacementPage } from "@seatrial/contracts/placement/placement.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { driveWorkflows } from "../../support/drive-workflows.ts";
import { createShop } from "../../support/environment-shop.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "../../support/environment-world.ts";
import { imageSuite } from "../../support/hub-fixtures.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

const endpoint = (name: string, reach: Endpoint["reach"]): Endpoint => ({
  ...{ name, reach, url: `http://${name}:80`, host: name, port: 80, provedAt: null },
});

describe.each(databases)("a shard that fits one cluster alone, on $name", (database) => {
  let world: EnvironmentWorld;
  beforeEach(async () => {
    world = createEnvironmentWorld(await createTestHub(database));
  });
  afterEach(() => world.hub.close());

  const placement = async (path: string, { id }: Run) =>
    (await world.hub.json<PlacementPage>("GET", `${path}/runs/${id}/placement`)).items;

  it("as it is of a copy for that cluster, says so and nothing of reach", async () => {
    await world.project("shop");
    const east = await world.leases.agent("east");
    await world.leases.agent("west");
    const id = await world.leases.startRun("shop", [imageSuite("api", { clusters: { each: "cluster" } })]);
    const run = await world.leases.run("shop", id);
    const [, copy] = await placement("/v1/projects/shop", run);
    expect(copy?.waiting?.clusters[0]).toEqual({
      cluster: "east",
      against: expect.arrayContaining([
        { code: "binding", message: "is not the cluster to which this copy of its suite belongs" },
      ]),
    });
    expect((await east.claim()).leases).toHaveLength(1);
    const [placed] = await placement("/v1/projects/shop", run);
    expect(placed?.reasons[0]).toEqual({
      code: "binding",
      message: "this copy of its suite belongs to this cluster",
    });
  });

  it("as only that reaches its environment, names the environment and the endpoints", async () => {
    const workflows = driveWorkflows(world.hub);
    const shop = await createShop(world, workflows);
    const home = await world.leases.agent(shop.cluster, { projects: [shop.name] });
    await world.leases.agent("elsewhere", { projects: [shop.name] });
    const { contentSha256, id } = await world.request(shop.name);
    await world.remove(shop.name, id);
    const template = {
      components: [{ name: "web", kind: "manifests", path: "app.yaml" }],
      expose: { web: { port: 80, reach: "network" }, admin: { port: 81 } },
    };
    const environment = { name: "preview", template, contentSha256 };
    const run = await world.hub.json<Run>("POST", `${shop.path}/runs`, {
      body: { suites: [imageSuite()], environment },
    });
    await workflows.work();
    await shop.operate("up", { endpoints: [endpoint("web", "network"), endpoint("admin", "cluster")] });
    const [waiting] = await placement(shop.path, run);
    expect(waiting?.waiting?.clusters.find(({ cluster }) => cluster === "elsewhere")?.against).toContainEqual(
      {
        code: "reach",
        message: "does not reach endpoint admin of environment preview",
      },
    );
    expect((await home.claim()).leases).toHaveLength(1);
    expect((await placement(shop.path, run))[0]?.reasons[0]).toEqual({
      code: "reach",
      message: "only from here endpoint admin of environment preview is reached",
    });
  });
});
