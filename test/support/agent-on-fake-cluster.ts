import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "@seatrial/cluster-agent/config.ts";
import { startAgent } from "@seatrial/cluster-agent/start.ts";
import { createFakeApiServer, type FakeApiServer } from "@seatrial/cluster-agent/testing/fake-api-server.ts";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { Node } from "@seatrial/kube-link/kube-types.ts";

export type AgentOnFakeCluster = { api: FakeApiServer; close: () => Promise<void> };

/** The real agent in this process, for a cluster that is nothing but nodes, a scheduler and pods that run until told. */
export async function startAgentOnFakeCluster(options: {
  hubUrl: string;
  joinToken: string;
  cluster: string;
  nodes: Node[];
  slots?: number;
  measuresRoom?: boolean;
  keepsFailedPods?: boolean;
  clock?: Clock;
}): Promise<AgentOnFakeCluster> {
  const folder = await mkdtemp(join(tmpdir(), "seatrial-fake-cluster-"));
  const api = await createFakeApiServer({ nodes: options.nodes });
  const kubeconfig = {
    clusters: [{ name: "c", cluster: { server: api.url } }],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  await writeFile(join(folder, "kubeconfig"), JSON.stringify(kubeconfig));
  const config = readConfig({
    SEATRIAL_HUB_URL: options.hubUrl,
    SEATRIAL_JOIN_TOKEN: options.joinToken,
    SEATRIAL_CLUSTER_NAME: options.cluster,
    SEATRIAL_NAMESPACE: "work",
    SEATRIAL_HELPER_IMAGE: "localhost/none",
    SEATRIAL_SLOTS: String(options.slots ?? 10),
    SEATRIAL_MEASURE_ROOM: String(options.measuresRoom ?? true),
    SEATRIAL_KEEP_FAILED_PODS: String(options.keepsFailedPods ?? false),
    SEATRIAL_KEY_FILE: join(folder, "key.json"),
    SEATRIAL_KUBECONFIG: join(folder, "kubeconfig"),
  });
  const agent = await startAgent(config, silentLogger, options.clock);
  return {
    api,
    async close() {
      await agent.stop();
      await api.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
