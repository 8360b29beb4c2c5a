import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { LabConfig } from "../base/config.ts";
import { LabError } from "../base/lab-error.ts";
import { type Report, withProgress } from "../base/report.ts";
import { runCommand, tryCommand } from "../base/run-command.ts";
import { writeFileWhole } from "../base/write-file.ts";
import { writeAuditPolicy } from "../files/audit-policy.ts";
import { clusterNames } from "../state/cluster-plan.ts";
import { type LabState, readLabState, withCluster, writeLabState } from "../state/lab-state.ts";
import {
  kindClusterName,
  kindRegistryHostAddress,
  kindRegistryName,
  writeKindConfig,
  writeKindRegistryHosts,
} from "./kind-files.ts";

const registryImage = "registry:2";
const createSeconds = 600;

/** Does a Docker engine answer? */
export async function dockerAnswers(config: LabConfig): Promise<boolean> {
  return (
    (await tryCommand("docker", ["info"], { environment: config.environment, timeoutSeconds: 15 }))
      .exitCode === 0
  );
}

/** Brings clusters up with kind, one after the other (kind locks its kubeconfig), and a registry beside them. */
export async function bringUpKind(
  config: LabConfig,
  names: readonly string[],
  report: Report,
): Promise<LabState> {
  await requireKind(config);
  let state: LabState = (await readLabState(config.rootFolder)) ?? { driver: "kind", clusters: [] };
  const existing = await listKindClusters(config);
  for (const name of names) {
    const folder = join(config.rootFolder, name);
    const kubeconfig = join(folder, "admin.conf");
    const context = `kind-${kindClusterName(name)}`;
    const known = state.clusters.find((cluster) => cluster.name === name);
    if (known?.phase === "ready" && existing.includes(kindClusterName(name))) continue;
    state = withCluster(state, { name, phase: "starting", kubeconfig, context });
    await writeLabState(config.rootFolder, state);
    await withProgress(report, `Cluster ${name} (kind)`, () => createKindCluster(config, name, folder));
    state = withCluster(state, { name, phase: "ready", kubeconfig, context });
    await writeLabState(config.rootFolder, state);
  }
  await ensureKindRegistry(config, names);
  return state;
}

/** Removes the lab's kind clusters and registry, and nothing else of Docker's. */
export async function takeDownKind(config: LabConfig): Promise<void> {
  const { environment } = config;
  const own = new Set<string>(clusterNames.map(kindClusterName));
  for (const name of await listKindClusters(config)) {
    if (own.has(name)) await runCommand("kind", ["delete", "cluster", "--name", name], { environment });
  }
  await runCommand("docker", ["rm", "--force", "--volumes", kindRegistryName], { environment });
  await rm(config.rootFolder, { recursive: true, force: true });
}

/** Makes images of the registry present in every cluster, so that pods start at once. */
export async function pullIntoKind(
  config: LabConfig,
  names: readonly string[],
  references: readonly string[],
): Promise<void> {
  for (const name of names) {
    for (const reference of references) {
      const command = ["exec", `${kindClusterName(name)}-control-plane`, "crictl", "pull", reference];
      await runCommand("docker", command, { environment: config.environment, timeoutSeconds: 300 });
    }
  }
}

async function createKindCluster(config: LabConfig, name: string, folder: string): Promise<void> {
  const { environment } = config;
  const cluster = kindClusterName(name);
  // What a killed `up` left half made.
  await runCommand("kind", ["delete", "cluster", "--name", cluster], { environment });
  await mkdir(join(folder, "log"), { recursive: true });
  await writeFileWhole(join(folder, "audit-policy.yaml"), writeAuditPolicy(), 0o644);
  await writeFileWhole(join(folder, "kind.yaml"), writeKindConfig(folder), 0o644);
  const files = ["--config", join(folder, "kind.yaml"), "--kubeconfig", join(folder, "admin.conf")];
  await runCommand("kind", ["create", "cluster", "--name", cluster, ...files, "--wait", "120s"], {
    environment,
    timeoutSeconds: createSeconds,
  });
}

async function ensureKindRegistry(config: LabConfig, names: readonly string[]): Promise<void> {
  const { environment } = config;
  const inspect = ["inspect", "--format", "{{.State.Running}}", kindRegistryName];
  const { exitCode, stdout } = await tryCommand("docker", inspect, { environment });
  if (exitCode !== 0) {
    const run = ["run", "--detach", "--restart", "always", "--name", kindRegistryName, "--network", "kind"];
    const publish = ["--publish", `${kindRegistryHostAddress}:5000`, registryImage];
    await runCommand("docker", [...run, ...publish], { environment, timeoutSeconds: createSeconds });
  } else if (stdout.trim() !== "true") {
    await runCommand("docker", ["start", kindRegistryName], { environment });
  }
  const folder = `/etc/containerd/certs.d/${kindRegistryHostAddress}`;
  for (const name of names) {
    const node = `${kindClusterName(name)}-control-plane`;
    const script = `mkdir -p ${folder} && cat > ${folder}/hosts.toml`;
    await runCommand("docker", ["exec", "--interactive", node, "sh", "-c", script], {
      environment,
      input: writeKindRegistryHosts(),
    });
  }
}

async function listKindClusters(config: LabConfig): Promise<string[]> {
  const { environment } = config;
  return (await runCommand("kind", ["get", "clusters"], { environment }))
    .split("\n")
    .filter((line) => line !== "");
}

async function requireKind(config: LabConfig): Promise<void> {
  if (!(await dockerAnswers(config))) {
    throw new LabError(
      "not_supported",
      "No Docker engine answers (`docker info` fails). Start Docker, then repeat.",
    );
  }
  const { exitCode } = await tryCommand("kind", ["version"], { environment: config.environment });
  if (exitCode === 0) return;
  throw new LabError(
    "not_supported",
    "Docker answers, but `kind` is not on PATH. Install it (https://kind.sigs.k8s.io), or use --driver native.",
  );
}
