import { readyNode } from "@seatrial/cluster-agent/testing/fake-api-server.ts";
import type { ClaimRequest, LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { createFakeHub } from "@seatrial/hub-link/testing/fake-hub.ts";
import { afterEach, describe, expect, test } from "vitest";
import { startAgentOnFakeCluster } from "../../support/agent-on-fake-cluster.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function grant(number: number): LeaseGrant {
  const at = "2026-01-01T00:00:00Z";
  return {
    ...{ leaseId: `l-${number}`, kind: "shard", expiresAt: at, acknowledgeBy: at, leaseToken: "secret" },
    work: {
      ...{ project: "shop", runId: "r-1", suite: "api", shardId: `sh-${number}`, attemptId: `a-${number}` },
      ...{ attemptNumber: 1, mode: "test", shardIndex: number, shardCount: 9, tool: null, image: "busybox" },
      ...{ command: ["true"], arguments: [], path: "", env: {}, cpuMillis: 600, memoryBytes: 1_048_576 },
      ...{ timeoutSeconds: 3_600, content: false, cases: false, reports: { junit: [] }, artifacts: [] },
      environment: null,
    },
  };
}

/** An agent with two pods in hand; the cluster's only node has room for one of them at most. Its time is the test's. */
async function open({ cpu, ...options }: { cpu: string; measuresRoom?: boolean; keepsFailedPods?: boolean }) {
  const clock = createManualClock(Date.now());
  const hub = await createFakeHub();
  closers.push(hub.close);
  const { api, close } = await startAgentOnFakeCluster({
    ...{ hubUrl: hub.url, joinToken: "fresh", cluster: "east", slots: 5, clock, ...options },
    nodes: [readyNode("n1", { cpu })],
  });
  closers.push(close);
  const leases = [hub.give(grant(0)), hub.give(grant(1))];
  async function pass(): Promise<void> {
    await clock.advance(250);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  /** Lets time pass until the condition holds. */
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await pass();
  }
  async function passSeconds(seconds: number): Promise<void> {
    const since = clock.elapsed();
    await until(() => clock.elapsed() - since >= seconds * 1_000);
  }
  const lastOffer = () => hub.requests.findLast(({ path }) => path.endsWith("/claim"))?.body as ClaimRequest;
  const giveOneMore = () => leases.push(hub.give(grant(leases.length)));
  await until(() => api.pods().length === 2);
  return { api, clock, leases, giveOneMore, until, passSeconds, lastOffer };
}

describe("a cluster where a pod finds no node, whatever the sums say", () => {
  test("takes no more work for three minutes, and then again, while that pod goes on waiting", async () => {
    const { api, clock, leases, giveOneMore, until, lastOffer } = await open({ cpu: "1" });
    await until(() => lastOffer().slotsFree === 0);
    const since = clock.elapsed();
    giveOneMore();
    await until(() => api.pods().length === 3);
    expect(clock.elapsed() - since).toBeGreaterThan(120_000);
    expect(leases.map(({ finish }) => finish)).toEqual([null, null, null]);
  });

  test("takes more all the while where nodes are made for pods that wait", async () => {
    const { api, giveOneMore, until, passSeconds, lastOffer } = await open({ cpu: "1", measuresRoom: false });
    await passSeconds(10);
    expect(lastOffer().slotsFree).toBeGreaterThan(0);
    giveOneMore();
    await until(() => api.pods().length === 3);
  });

  test("takes more once the attempts are over, also where the pods of failed ones are kept", async () => {
    const { api, leases, until, lastOffer } = await open({ cpu: "500m", keepsFailedPods: true });
    await until(() => leases.every(({ finish }) => finish?.exit.reason === "pod_rejected"));
    await until(() => lastOffer().slotsFree === 5);
    expect(api.pods()).toEqual([]);
  });
});
