import { type Refusal, readyNode } from "@seatrial/cluster-agent/testing/fake-api-server.ts";
import type { LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
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
      ...{ attemptNumber: 1, mode: "test", shardIndex: number, shardCount: 50, tool: null, image: "busybox" },
      ...{ command: ["true"], arguments: [], path: "", env: {}, cpuMillis: 10, memoryBytes: 1_048_576 },
      ...{ timeoutSeconds: 60, content: false, cases: false, reports: { junit: [] }, artifacts: [] },
      environment: null,
    },
  };
}

/** An agent with two slots, whose time is the test's. Pods end as soon as they run. */
async function open() {
  const clock = createManualClock(Date.now());
  const hub = await createFakeHub();
  closers.push(hub.close);
  const { api, close } = await startAgentOnFakeCluster({
    ...{ hubUrl: hub.url, joinToken: "fresh", cluster: "east", slots: 2, clock },
    nodes: [readyNode("n1", { cpu: "8" })],
  });
  closers.push(close);
  const leases = Array.from({ length: 50 }, (_, number) => hub.give(grant(number)));
  const endedAs = (reason: string) => leases.filter(({ finish }) => finish?.exit.reason === reason).length;
  /** Lets time pass until the condition holds. */
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      for (const { metadata } of api.running()) api.end(metadata.name);
      await clock.advance(250);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  const creates = (isDry: boolean) =>
    api.requests.filter(({ method, query }) => method === "POST" && query.has("dryRun") === isDry).length;
  return { api, clock, leases, endedAs, until, creates };
}
const refusesCreates =
  (refusal: Refusal) =>
  ({ method }: { method: string }): Refusal | null =>
    method === "POST" ? refusal : null;

describe("a cluster that makes no pods", () => {
  test("takes nothing of the queue but what was in hand, and all the rest once it makes pods again", async () => {
    const { api, leases, endedAs, until, creates } = await open();
    const message = 'pods is forbidden: User "agent" cannot create resource "pods" in API group ""';
    api.refuse(refusesCreates({ code: 403, reason: "Forbidden", message }));
    await until(() => endedAs("pod_rejected") === 2 && creates(true) > 10);
    expect(leases.filter(({ state }) => state !== "queued")).toHaveLength(2);
    api.refuse(() => null);
    await until(() => endedAs("completed") === 48);
    expect(endedAs("pod_rejected")).toBe(2);
  });

  test("whose API server is away keeps what it has in hand until it is back", async () => {
    const { api, clock, leases, endedAs, until, creates } = await open();
    api.refuse(refusesCreates("drop"));
    const since = clock.elapsed();
    await until(() => clock.elapsed() - since > 600_000 && creates(true) > 10);
    expect(leases.filter(({ state }) => state === "held")).toHaveLength(2);
    expect(leases.filter(({ finish }) => finish !== null)).toEqual([]);
    api.refuse(() => null);
    await until(() => endedAs("completed") === 50);
  });

  test("is told from one that refuses the pods of some, and the agent's own: these end, the others pass", async () => {
    const { api, endedAs, until } = await open();
    const isForbidden = (body: string) => /"name":"st-(a-(1|2|3|4)|probe)"/.test(body);
    const isTooLarge = (body: string) => /"name":"st-a-(5|6)"/.test(body);
    api.refuse(({ method, body }) => {
      if (method !== "POST") return null;
      if (isTooLarge(body))
        return { code: 500, reason: "Unknown", message: "etcdserver: request is too large" };
      if (!isForbidden(body)) return null;
      return { code: 403, reason: "Forbidden", message: "maximum cpu usage per Container is 1" };
    });
    await until(() => endedAs("completed") === 44 && endedAs("pod_rejected") === 6);
  });
});
