import { LabError } from "../base/lab-error.ts";
import { waitUntil } from "../base/wait-until.ts";
import { writeClusterFiles } from "../files/write-cluster-files.ts";
import { writePki } from "../pki/write-pki.ts";
import { createCgroups } from "./cgroups.ts";
import { awaitComponent, type NativeCluster, startComponent } from "./component.ts";
import { type ComponentName, componentNames } from "./component-names.ts";
import { startHolder } from "./holder.ts";
import { connectCluster } from "./network.ts";
import { hasDefaultServiceAccount } from "./probe.ts";

/**
 * Brings one cluster up from nothing and returns when its node is ready, its DNS answers and pods can be made.
 * Whatever was there under its name must be gone before.
 */
export async function bringUpCluster(rootFolder: string, cluster: NativeCluster): Promise<void> {
  const { plan, paths, marker } = cluster;
  const [holder] = await Promise.all([
    startHolder(rootFolder, marker, paths),
    writeClusterFiles(plan, paths),
    writePki(plan, paths),
    createCgroups(plan.cgroup),
  ]);
  await connectCluster(plan, holder);
  await ensureComponents(cluster);
}

/** Starts the components that do not run and waits until all are ready; a cluster that is ready stays untouched. */
export async function ensureComponents(cluster: NativeCluster): Promise<void> {
  await startAndAwait(cluster, ["etcd", "containerd"]);
  await startAndAwait(cluster, ["kube-apiserver"]);
  const others = componentNames.filter((name) => !firstComponents.has(name));
  await startAndAwait(cluster, others);
  const { plan, paths } = cluster;
  if (await waitUntil(() => hasDefaultServiceAccount(plan, paths), 60)) return;
  throw new LabError(
    "not_ready",
    `Cluster ${plan.name} made no default service account within 60 s; see ${paths.log("kube-controller-manager")}.`,
  );
}

const firstComponents: ReadonlySet<ComponentName> = new Set(["etcd", "containerd", "kube-apiserver"]);

async function startAndAwait(cluster: NativeCluster, names: readonly ComponentName[]): Promise<void> {
  for (const name of names) await startComponent(cluster, name);
  await Promise.all(names.map((name) => awaitComponent(cluster, name)));
}
