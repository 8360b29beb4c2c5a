import { readyNode } from "@seatrial/cluster-agent/testing/fake-api-server.ts";
import { afterEach, describe, expect, test } from "vitest";
import { startAgentOnFakeCluster } from "../../support/agent-on-fake-cluster.ts";
import { databases } from "../../support/databases.ts";
import { commandSuite, createLeaseWorld } from "../../support/lease-world.ts";
import { createCliPlace, listenOn } from "../../support/run-cli.ts";
import { adminToken, createTestHub } from "../../support/test-hub.ts";

const [database] = databases;
if (!database) throw new Error("there is no database to test on");

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A hub on a socket, and the real agent in a cluster with these nodes. */
async function open(nodes: Parameters<typeof startAgentOnFakeCluster>[0]["nodes"]) {
  const publicUrls: [string, ...string[]] = ["http://not-yet"];
  const hub = await createTestHub(database as NonNullable<typeof database>, { settings: { publicUrls } });
  const listening = await listenOn(hub.app);
  publicUrls[0] = listening.url;
  const world = createLeaseWorld(hub);
  await world.project("shop");
  const place = await createCliPlace({
    ...{ SEATRIAL_HUB: listening.url, SEATRIAL_TOKEN: adminToken, SEATRIAL_PROJECT: "shop" },
  });
  const joinToken = await world.joinToken("east");
  const { api, close } = await startAgentOnFakeCluster({
    ...{ hubUrl: listening.url, joinToken, cluster: "east", nodes },
  });
  closers.push(hub.close, listening.close, place.close, close);
  const explain = async (runId: string) => {
    const { code, out, err } = await place.run(["runs", "explain", runId]);
    expect(code, err).toBe(0);
    return out;
  };
  return { world, api, explain };
}

describe("a cluster none of whose nodes is large enough for a shard", () => {
  test("is not given it, though they are together, and says so", async () => {
    const { world, api, explain } = await open([
      readyNode("n1", { cpu: "2" }),
      readyNode("n2", { cpu: "1500m" }),
    ]);
    const resources = { cpuMillis: 2_500, memoryBytes: 64 * 1_048_576 };
    const runId = await world.startRun("shop", [commandSuite({ resources })]);
    await expect
      .poll(() => explain(runId), { timeout: 60_000 })
      .toContain("east  it asks for 2.5 cores; the largest node of east has 2");
    const small = { cpuMillis: 1_000, memoryBytes: 64 * 1_048_576 };
    await world.startRun("shop", [commandSuite({ name: "small", resources: small })]);
    await api.until(() => api.running().length === 1);
    expect(api.pods()).toHaveLength(1);
    expect((await world.shards("shop", runId)).map(({ state }) => state)).toEqual(["queued"]);
  });
});

describe("a cluster whose nodes have less room than its agent has slots", () => {
  const resources = { cpuMillis: 600, memoryBytes: 64 * 1_048_576 };

  test("runs shards one after the other, each once, and the others wait for room", async () => {
    const { world, api, explain } = await open([readyNode("n1", { cpu: "1" })]);
    const runId = await world.startRun("shop", [commandSuite({ shards: 3, resources })]);
    for (let ended = 0; ended < 3; ended += 1) {
      await api.until(() => api.running().length === 1);
      if (ended === 0)
        await expect
          .poll(() => explain(runId), { timeout: 60_000 })
          .toContain("east  it needs 0.6 cores where 0.4 are free");
      expect(api.pods().filter(({ status }) => status?.phase === "Pending")).toEqual([]);
      const [pod] = api.running();
      api.end(pod?.metadata.name ?? "");
    }
    await expect
      .poll(
        async () =>
          (await world.shards("shop", runId)).map(({ attempts }) => attempts.map(({ state }) => state)),
        {
          timeout: 60_000,
        },
      )
      .toEqual([["passed"], ["passed"], ["passed"]]);
    await world.work();
    expect((await world.run("shop", runId)).state).toBe("passed");
  });
});
