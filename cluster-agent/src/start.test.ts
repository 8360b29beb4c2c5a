import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { createFakeHub } from "@seatrial/hub-link/testing/fake-hub.ts";
import { afterEach, expect, test } from "vitest";
import { readConfig } from "./config.ts";
import { buildPod } from "./pods/build-pod.ts";
import { startAgent } from "./start.ts";
import { createFakeApiServer, readyNode } from "./testing/fake-api-server.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function grant(leaseId: string): LeaseGrant {
  const at = "2026-01-01T00:00:00Z";
  return {
    ...{ leaseId, kind: "shard", expiresAt: at, acknowledgeBy: at, leaseToken: "secret" },
    work: {
      ...{ project: "shop", runId: "r-1", suite: "api", shardId: "sh-1", attemptId: `a-${leaseId}` },
      ...{ attemptNumber: 1, mode: "test", shardIndex: 0, shardCount: 2, tool: null, image: "busybox" },
      ...{ command: ["true"], arguments: [], path: "", env: {}, cpuMillis: 600, memoryBytes: 1_048_576 },
      ...{ timeoutSeconds: 3_600, content: false, cases: false, reports: { junit: [] }, artifacts: [] },
      environment: null,
    },
  };
}

/** An agent that starts where the process before left one pod that is still its own, and one that is not. */
async function startWithPods(hangs: (asked: { method: string; path: string }) => boolean) {
  const folder = await mkdtemp(join(tmpdir(), "seatrial-start-"));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const hub = await createFakeHub();
  closers.push(hub.close);
  const api = await createFakeApiServer({ nodes: [readyNode("n1", { cpu: "4" })] });
  const kubeconfig = {
    clusters: [{ name: "c", cluster: { server: api.url } }],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  await writeFile(join(folder, "kubeconfig"), JSON.stringify(kubeconfig));
  const config = readConfig({
    SEATRIAL_HUB_URL: hub.url,
    SEATRIAL_JOIN_TOKEN: "fresh",
    SEATRIAL_CLUSTER_NAME: "east",
    SEATRIAL_NAMESPACE: "work",
    SEATRIAL_HELPER_IMAGE: "localhost/none",
    SEATRIAL_KEY_FILE: join(folder, "key.json"),
    SEATRIAL_KUBECONFIG: join(folder, "kubeconfig"),
  });
  for (const leaseId of ["l-held", "l-left"]) {
    const pod = buildPod(grant(leaseId), { ...config.pods, hubUrl: hub.url, hubCaPem: null });
    await fetch(`${api.url}/api/v1/namespaces/work/pods`, { method: "POST", body: JSON.stringify(pod) });
  }
  hub.give(grant("l-held")).state = "held";
  const hanging = new Promise<void>((resolve) => {
    api.refuse((asked) => {
      if (!hangs(asked)) return null;
      resolve();
      return "hang";
    });
  });
  const clock = createManualClock();
  const starting = startAgent(config, silentLogger, clock);
  closers.push(async () => {
    await api.close();
    await (await starting).stop();
  });
  return { hub, clock, hanging };
}

test.each<[string, (asked: { method: string; path: string }) => boolean]>([
  ["the pods of others are deleted", ({ method }) => method === "DELETE"],
  ["the nodes are listed", ({ path }) => path === "/api/v1/nodes"],
])("what was adopted is kept, and nothing new claimed, while %s", { timeout: 20_000 }, async (_, hangs) => {
  const { hub, clock, hanging } = await startWithPods(hangs);
  const told = (verb: string) => hub.requests.filter(({ path }) => path.endsWith(`/${verb}`));
  await hanging;
  await clock.advance(3_000);
  await hub.until(() => told("heartbeat").length > 0);
  expect(told("heartbeat")[0]?.body).toMatchObject({ leases: ["l-held"] });
  expect(told("claim")).toEqual([]);
});
