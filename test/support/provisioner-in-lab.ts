import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import { labKubeconfig } from "@seatrial/lab/lab-kubeconfig.ts";
import { findTools } from "@seatrial/toolchain/find-tool.ts";

const main = fileURLToPath(new URL("../../env-provisioner/src/main.ts", import.meta.url));

export type ProvisionerInLab = {
  pid: () => number;
  /** What it has logged so far. */
  said: () => string;
  /** Once more, as the same member, after its end. */
  start: () => Promise<void>;
  /** Sends a signal and waits for its end. */
  end: (signal: NodeJS.Signals) => Promise<void>;
  close: () => Promise<void>;
};

/**
 * A provisioner as a process of this machine, for one of the lab's clusters. It reaches endpoints through the API
 * server's proxy. Resolves when it claims operations.
 */
export async function startProvisionerInLab(
  hub: { client: HubClient; url: string; caFile: string },
  options: { cluster: string; environment?: Record<string, string> },
): Promise<ProvisionerInLab> {
  const { cluster } = options;
  const [folder, tools, kubeconfig, token] = await Promise.all([
    mkdtemp(join(tmpdir(), "seatrial-provisioner-")),
    findTools(["pulumi", "helm", "kubectl"]),
    labKubeconfig(cluster),
    hub.client.createJoinToken({ cluster, role: "provisioner", labels: { name: cluster } }),
  ]);
  const env = {
    PATH: "/usr/bin:/bin",
    SEATRIAL_HUB_URL: hub.url,
    SEATRIAL_HUB_CA_FILE: hub.caFile,
    SEATRIAL_JOIN_TOKEN: token.secret,
    SEATRIAL_CLUSTER_NAME: cluster,
    SEATRIAL_CLUSTER_LABELS: JSON.stringify({ name: cluster }),
    SEATRIAL_KEY_FILE: join(folder, "key.json"),
    SEATRIAL_WORK_FOLDER: join(folder, "operations"),
    SEATRIAL_OWN_NAMESPACE: "default",
    SEATRIAL_KUBECONFIG: kubeconfig.path,
    SEATRIAL_KUBE_CONTEXT: kubeconfig.context,
    SEATRIAL_PULUMI: tools.pulumi.path,
    SEATRIAL_HELM: tools.helm.path,
    SEATRIAL_KUBECTL: tools.kubectl.path,
    ...options.environment,
  };
  let child: ChildProcess | null = null;
  let said = "";

  async function start(): Promise<void> {
    const started = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "pipe"] });
    child = started;
    const from = said.length;
    await new Promise<void>((resolve, reject) => {
      for (const stream of [started.stdout, started.stderr])
        stream.setEncoding("utf8").on("data", (text: string) => {
          said += text;
          if (said.slice(from).includes("claiming operations")) resolve();
        });
      started.once("exit", (code) =>
        reject(new Error(`the provisioner ended with ${code}: ${said.slice(from)}`)),
      );
    });
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  await start();
  return {
    pid: () => child?.pid ?? 0,
    said: () => said,
    start,
    end,
    async close() {
      await end("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
