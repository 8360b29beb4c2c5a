import type { Endpoint } from "@seatrial/contracts/environments/environment.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { driveWorkflows, type Workflows } from "../../support/drive-workflows.ts";
import { createShop } from "../../support/environment-shop.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "../../support/environment-world.ts";
import { imageSuite, problemOf } from "../../support/hub-fixtures.ts";
import { createTestHub, type TestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

const endpoints: Endpoint[] = [
  {
    name: "web",
    reach: "network",
    url: "http://10.0.0.1:30080",
    host: "10.0.0.1",
    port: 30_080,
    provedAt: null,
  },
];

describe.each(databases)("clusters: {each: …} and an environment on $name", (database) => {
  let hub: TestHub;
  let world: EnvironmentWorld;
  let workflows: Workflows;
  beforeAll(async () => {
    hub = await createTestHub(database);
    world = createEnvironmentWorld(hub);
    workflows = driveWorkflows(hub);
  });
  afterAll(() => hub.close());

  const suites = [
    imageSuite("smoke", { clusters: { each: "cluster" }, command: ["curl", "${environment.web.url}"] }),
  ];
  const template = (reach: "cluster" | "network") => ({
    components: [{ name: "web", kind: "manifests" as const, path: "app.yaml" }],
    expose: { web: { port: 80, reach } },
  });

  it("test one environment from every place, where the network reaches it", async () => {
    const shop = await createShop(world, workflows);
    const home = await world.leases.agent(shop.cluster, { projects: [shop.name] });
    const away = await world.leases.agent(`${shop.cluster}-west`, { projects: [shop.name] });
    const { contentSha256, id } = await world.request(shop.name);
    await world.remove(shop.name, id);
    await workflows.work();
    const environment = { name: "preview", template: template("network"), contentSha256 };
    const run = await hub.json<Run>("POST", `${shop.path}/runs`, { body: { suites, environment } });
    await workflows.work();
    await shop.operate("up", { endpoints });
    for (const agent of [home, away]) {
      const { leases } = await agent.claim();
      expect(leases.map(({ work }) => [work.runId, work.suite, work.command])).toEqual([
        [run.id, `smoke@${agent.cluster}`, ["curl", "http://10.0.0.1:30080"]],
      ]);
    }
  });

  it("is refused where one cluster alone reaches it, also for one that stands", async () => {
    const shop = await createShop(world, workflows);
    await world.leases.agent(shop.cluster, { projects: [shop.name] });
    const { id, contentSha256 } = await world.request(shop.name);
    const brought = { name: "preview", template: template("cluster"), contentSha256 };
    for (const environment of [brought, { id }]) {
      const answer = await hub.call("POST", `${shop.path}/runs`, {
        body: { suites: [imageSuite("smoke", { clusters: { each: "cluster" } })], environment },
      });
      const problem = await problemOf(answer);
      expect(problem).toMatchObject({ status: 422, code: "invalid_request" });
      expect(problem.detail).toContain("can be reached from its own cluster alone");
      expect(problem.detail).toContain("reach: network, or start one run for each place");
    }
  });
});
