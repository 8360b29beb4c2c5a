import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";

const run = promisify(execFile);
const chart = join(import.meta.dirname, "../../../infra/charts/cluster");
const readyWithinSeconds = 120;

export type AgentInstallation = {
  cluster: string;
  labels: Record<string, string>;
  kubeconfig: { path: string; context: string };
  hub: { url: string; caPem: string };
  images: { agent: string; helper: string };
  slots: number;
};

/** Joins a cluster: one-use token, the Helm chart, and a wait until the hub has heard the agent. */
export async function installAgent(hub: HubClient, installation: AgentInstallation): Promise<void> {
  const { cluster, labels } = installation;
  const token = await hub.createJoinToken({ cluster, labels });
  const folder = await mkdtemp(join(tmpdir(), "seatrial-values-"));
  try {
    const values = join(folder, "values.json");
    await writeFile(values, JSON.stringify(chartValues(installation, token.secret)), { mode: 0o600 });
    const { path } = await findTool("helm");
    const { path: kubeconfig, context } = installation.kubeconfig;
    const target = ["--kubeconfig", kubeconfig, "--kube-context", context, "--namespace", "seatrial"];
    await run(path, [
      "upgrade",
      "--install",
      "seatrial",
      chart,
      ...target,
      "--create-namespace",
      "--values",
      values,
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await waitUntilReady(hub, cluster);
}

function chartValues(installation: AgentInstallation, joinToken: string) {
  return {
    hub: { url: installation.hub.url, ca: installation.hub.caPem },
    joinToken,
    cluster: { name: installation.cluster, labels: installation.labels },
    images: installation.images,
    slots: installation.slots,
  };
}

async function waitUntilReady(hub: HubClient, cluster: string): Promise<void> {
  const deadline = Date.now() + readyWithinSeconds * 1_000;
  for (;;) {
    const { state } = await hub.getCluster(cluster);
    if (state === "ready") return;
    if (Date.now() > deadline)
      throw new Error(
        `cluster ${cluster} is still ${state} after ${readyWithinSeconds} s: look at the pod of deployment seatrial-agent in namespace seatrial`,
      );
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
