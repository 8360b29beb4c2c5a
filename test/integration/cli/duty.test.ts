import type { Cluster } from "@seatrial/contracts/clusters/cluster.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases } from "../../support/databases.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import { type CliPlace, createCliPlace, listenOn } from "../../support/run-cli.ts";
import type { TestAgent } from "../../support/test-agent.ts";
import { adminToken, createTestHub } from "../../support/test-hub.ts";

const [database] = databases;
if (!database) throw new Error("there is no database to test on");

describe("the command line on a cluster's duty", () => {
  let world: LeaseWorld;
  let place: CliPlace;
  let east: TestAgent;
  /** Nothing answers at these paths. */
  let awayFor = /^$/;
  const closers: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    const hub = await createTestHub(database);
    const listening = await listenOn(hub.app, (path) => awayFor.test(path));
    world = createLeaseWorld(hub);
    await world.project("shop");
    east = await world.agent("east");
    place = await createCliPlace({ SEATRIAL_HUB: listening.url, SEATRIAL_TOKEN: adminToken });
    closers.push(place.close, listening.close, hub.close);
  });
  afterAll(async () => {
    for (const close of closers) await close();
  });

  async function cli(...words: string[]): Promise<string> {
    const { code, out, err } = await place.run(words);
    expect(code, err).toBe(0);
    return out;
  }
  const clusterOf = async (...words: string[]) => JSON.parse(await cli(...words, "-o", "json")) as Cluster;

  test("cordons a cluster with its reason, shows it, and takes it into service again", async () => {
    expect(await cli("cluster", "cordon", "east", "--reason", "new kernel")).toBe(
      "✓ east is cordoned: nothing new is placed there\n",
    );
    expect(await cli("cluster", "show", "east")).toMatch(/cordoned +since \S+: new kernel/);
    expect(await cli("cluster", "list")).toMatch(/east.*cordoned/);
    expect(await cli("cluster", "uncordon", "east")).toBe("✓ east is ready\n");
    expect(await clusterOf("cluster", "show", "east")).toMatchObject({ state: "ready", cordon: null });
  });

  test("drains a cluster: waits until what runs there ended, says what is left, and is done when it is empty", async () => {
    await world.startRun("shop", [commandSuite({ shards: 1 })]);
    const lease = (await east.claim()).leases[0]?.leaseId ?? "";
    await east.acknowledge([lease]);
    await east.progress(lease, "running");

    const told = await place.run(["cluster", "drain", "east", "--within", "2h", "--no-wait"]);
    expect([told.code, told.out]).toEqual([
      0,
      expect.stringMatching(/^east is draining: left: 1 shard until /),
    ]);
    const { drain } = await clusterOf("cluster", "show", "east");
    expect(Date.parse(drain?.until ?? "") - Date.parse(drain?.since ?? "")).toBe(7_200_000);
    expect(await cli("cluster", "show", "east")).toMatch(/draining +since .* until /);

    const waiting = place.start(["cluster", "drain", "east", "--within", "2h"]);
    await waiting.until(/1 shard until/);
    await east.finish(lease);
    const { code, out } = await waiting.done;
    expect([code, out]).toEqual([0, expect.stringContaining("✓ east is empty\n")]);
    expect(await cli("cluster", "uncordon", "east")).toBe("✓ east is ready\n");
  });

  /** Answers the lease of a shard that runs there. */
  async function occupy(agent: TestAgent): Promise<string> {
    await world.startRun("shop", [commandSuite({ shards: 1 })]);
    const lease = (await agent.claim()).leases[0]?.leaseId ?? "";
    await agent.acknowledge([lease]);
    await agent.progress(lease, "running");
    return lease;
  }

  /** A shard that runs in a cluster which is drained meanwhile. */
  async function drainBusy(agent: TestAgent, name: string) {
    const lease = await occupy(agent);
    const waiting = place.start(["cluster", "drain", name, "--within", "2h"]);
    await waiting.until(/1 shard until/);
    return { lease, waiting };
  }

  test("goes on waiting for a drain while the hub is away, and says so", async () => {
    const { lease, waiting } = await drainBusy(east, "east");
    awayFor = /./;
    try {
      await waiting.until(/lost, trying again .*the drain goes on/);
    } finally {
      awayFor = /^$/;
    }
    await waiting.until(/the hub answers again/);
    await east.finish(lease);
    const { code, out } = await waiting.done;
    expect([code, out]).toEqual([0, expect.stringContaining("✓ east is empty\n")]);
    await cli("cluster", "uncordon", "east");
  });

  test("stops waiting for a drain when its cluster is revoked, and says what that means", async () => {
    await cli("cluster", "cordon", "east");
    const { waiting } = await drainBusy(await world.agent("north"), "north");
    await world.hub.json("POST", "/v1/clusters/north/revoke");
    const { code, out } = await waiting.done;
    expect([code, out]).toEqual([
      3,
      "north was revoked before it was empty: 1 shard is lost when its lease ends and tried again elsewhere\n",
    ]);
    await cli("cluster", "uncordon", "east");
  });

  test("revokes no cluster without a terminal, unless --yes says so", async () => {
    await world.agent("south");
    for (const words of [[], ["-o", "json"]]) {
      const { code, err } = await place.run(["cluster", "revoke", "south", ...words]);
      expect([code, err]).toEqual([
        64,
        expect.stringMatching(/nothing was changed\n.*seatrial cluster revoke south --yes/),
      ]);
    }
    expect(await clusterOf("cluster", "show", "south")).toMatchObject({ state: "ready" });
    expect(await clusterOf("cluster", "revoke", "south", "--yes")).toMatchObject({ state: "revoked" });
  });

  test("revokes a cluster, says what becomes of what it runs, and how it comes back", async () => {
    await occupy(await world.agent("west"));
    const { code, out, err } = await place.run(["cluster", "revoke", "west", "--yes"]);
    expect([code, out]).toEqual([
      0,
      "✓ west is revoked\n  it comes back with a new join token: seatrial cluster join west\n",
    ]);
    expect(err).toContain(
      "1 shard is lost when its lease ends and tried again elsewhere; pods there are not stopped",
    );
    expect(err).toContain("environments there stay as they are");
    expect(await cli("cluster", "revoke", "west")).toContain("✓ west is revoked\n");
    expect((await place.run(["cluster", "uncordon", "west"])).err).toContain("revoked");
    await cli("cluster", "join", "west");
    expect(await clusterOf("cluster", "show", "west")).toMatchObject({ state: "pending", revokedAt: null });
  });

  test.each([
    [["cluster", "cordon", "moon"], 4, /no cluster "moon"/],
    [["cluster", "drain", "moon", "--within", "1h"], 4, /no cluster "moon"/],
    [["cluster", "revoke", "moon", "--yes"], 4, /no cluster "moon"/],
    [["cluster", "drain", "east", "--within", "soon"], 64, /such as/],
    [["cluster", "drain"], 64, /missing required argument 'name'/],
  ])("says what is wrong with %j", async (words, expected, said) => {
    const { code, err } = await place.run(words);
    expect([code, err]).toEqual([expected, expect.stringMatching(said)]);
  });
});
