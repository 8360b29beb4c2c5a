import { spawn } from "node:child_process";
import { engineHome, stackName } from "./engine-folder.ts";
import type { EngineRequest } from "./engine-request.ts";

export type CliRequest = Pick<
  EngineRequest,
  "action" | "folder" | "project" | "environmentId" | "clusterAccess" | "pulumiPath" | "signal" | "onSpawn"
> & {
  /** Ports of the loopback interface; `language` null when there is no program to run, `provider` for a plugin. */
  ports: { language: number | null; provider: number | null; events: number };
  environment: Record<string, string>;
  /** Ask the cluster first which of the recorded objects are still there: the engine trusts its state otherwise. */
  refresh: boolean;
};

export type CliResult = { code: number | null; output: string };

/** How long it may take to save its state after it was asked to stop. */
const stopSeconds = 20;
const outputLimit = 64 * 1_024;

/**
 * One process of the engine, in a process group of its own, with an environment of exactly what it needs. It is asked
 * to stop when the signal aborts, and killed with its group when it does not. Its output is a pipe, so that it ends
 * with the runner, and so keeps what it began in its state.
 */
export async function runCli(request: CliRequest): Promise<CliResult> {
  const { folder, signal } = request;
  const child = spawn(request.pulumiPath, argumentsFor(request), {
    cwd: folder,
    env: environmentFor(request),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const { pid } = child;
  if (pid !== undefined) request.onSpawn?.(pid);
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString("utf8")).slice(-outputLimit);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  let killing: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill("SIGINT");
    killing = setTimeout(() => killGroup(pid), stopSeconds * 1_000);
  };
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    return { code, output };
  } finally {
    clearTimeout(killing);
    signal.removeEventListener("abort", stop);
    killGroup(pid);
  }
}

function argumentsFor({ action, ports, refresh, ...where }: CliRequest): string[] {
  return [
    ...[action, "--yes", "--skip-preview", "--non-interactive", "--suppress-outputs"],
    ...["--stack", stackName(where), "--color", "never", "--exec-kind", "auto.inline"],
    ...(refresh ? ["--refresh"] : []),
    ...(ports.language === null ? [] : [`--client=127.0.0.1:${ports.language}`]),
    ...["--event-log", `tcp://127.0.0.1:${ports.events}`],
  ];
}

function environmentFor({ folder, ports, environment, clusterAccess }: CliRequest): Record<string, string> {
  return {
    HOME: engineHome(folder),
    PULUMI_HOME: engineHome(folder),
    PULUMI_AUTOMATION_API: "true",
    // The event log as a stream is behind this switch.
    PULUMI_DEBUG_COMMANDS: "true",
    ...(ports.provider === null
      ? pluginEnvironment(clusterAccess)
      : { PULUMI_DEBUG_PROVIDERS: `kubernetes:${ports.provider}` }),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
    // Waiting for readiness takes a place too.
    PULUMI_PARALLEL: "256",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...environment,
  };
}

/** How Pulumi's plugin finds the cluster, by client-go's rules. */
function pluginEnvironment(access: CliRequest["clusterAccess"]): Record<string, string> {
  if (access?.kubeconfig) return { KUBECONFIG: access.kubeconfig };
  const [, host, port] = /^(.*):(\d+)$/.exec(access?.inClusterAddress ?? "") ?? [];
  return host && port ? { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } : {};
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is gone.
  }
}
