import { join } from "node:path";
import type { HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import { createKubeClient } from "@seatrial/kube-link/kube-client.ts";
import { readKubeconfig } from "@seatrial/kube-link/read-kubeconfig.ts";
import { readLabConfig } from "@seatrial/lab/base/config.ts";
import { labKubeconfig } from "@seatrial/lab/lab-kubeconfig.ts";
import { readPidFile } from "@seatrial/lab/process/identity.ts";
import { clusterPaths } from "@seatrial/lab/state/lab-paths.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import { type ManagedProcess, manageProcess } from "./managed-process.ts";

/** What every process of a world is started with. */
export type Setting = {
  folder: string;
  url: string;
  caFile: string;
  client: HubClient;
  /** A program of this repository under Node, its log in the folder. `before`: words before the command. */
  node: (
    name: string,
    script: string,
    env: Record<string, string>,
    before?: readonly string[],
  ) => ManagedProcess;
};

export function createNode(folder: string, common: Record<string, string>, root: string): Setting["node"] {
  return (name, script, env, before = []) => {
    const [command = process.execPath, ...args] = [...before, process.execPath, join(root, script)];
    return manageProcess({
      ...{ name, command, args },
      env: { ...common, ...env },
      logFile: join(folder, `${name}.log`),
    });
  };
}

/**
 * Words that put a process into a cluster's network: a cut link cuts it off from the hub, and leaves it its cluster.
 * Everything else of the machine it sees as before.
 */
export async function insideNetwork(cluster: string): Promise<string[]> {
  const holder = await readPidFile(clusterPaths(readLabConfig().rootFolder, cluster).holderPidFile);
  if (!holder) throw new Error(`cluster ${cluster} does not run`);
  return ["nsenter", `--net=/proc/${holder.pid}/ns/net`, "--"];
}

/** Makes a provisioner for a cluster, not started yet. */
export async function makeProvisioner(
  setting: Setting,
  cluster: string,
  before: readonly string[],
): Promise<ManagedProcess> {
  await makeNamespace(cluster, "seatrial");
  const env = {
    ...(await memberEnv(setting, cluster, "provisioner")),
    SEATRIAL_WORK_FOLDER: join(setting.folder, `operations-${cluster}`),
    SEATRIAL_PULUMI: (await findTool("pulumi")).path,
    SEATRIAL_HELM: (await findTool("helm")).path,
    SEATRIAL_KUBECTL: (await findTool("kubectl")).path,
  };
  return setting.node(`provisioner-${cluster}`, "env-provisioner/src/main.ts", env, before);
}

/** Where the pods of attempts run. */
export const workNamespace = "seatrial-work";

/** Makes an agent for a cluster, not started yet. */
export async function makeAgent(
  setting: Setting,
  cluster: string,
  before: readonly string[],
  agent: { slots: number; helperImage: string; more: Record<string, string> },
): Promise<ManagedProcess> {
  await makeNamespace(cluster, workNamespace);
  const env = {
    ...(await memberEnv(setting, cluster, "agent")),
    SEATRIAL_NAMESPACE: workNamespace,
    SEATRIAL_HELPER_IMAGE: agent.helperImage,
    SEATRIAL_SLOTS: String(agent.slots),
    ...agent.more,
  };
  return setting.node(`agent-${cluster}`, "cluster-agent/src/main.ts", env, before);
}

async function memberEnv(
  { folder, url, caFile, client }: Setting,
  cluster: string,
  role: "agent" | "provisioner",
): Promise<Record<string, string>> {
  const labels = { name: cluster };
  const { secret } = await client.createJoinToken({ cluster, role, labels });
  return {
    SEATRIAL_HUB_URL: url,
    SEATRIAL_HUB_CA_FILE: caFile,
    SEATRIAL_JOIN_TOKEN: secret,
    SEATRIAL_CLUSTER_NAME: cluster,
    SEATRIAL_CLUSTER_LABELS: JSON.stringify(labels),
    SEATRIAL_KEY_FILE: join(folder, `${role}-${cluster}.key`),
    SEATRIAL_KUBECONFIG: (await labKubeconfig(cluster)).path,
  };
}

/** In a cluster the chart makes these: where a provisioner keeps the Leases of its operations, and where tests run. */
async function makeNamespace(cluster: string, name: string): Promise<void> {
  const { path, context } = await labKubeconfig(cluster);
  const kube = createKubeClient(await readKubeconfig(path, context));
  await kube.post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  await kube.close();
}
