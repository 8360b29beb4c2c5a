import { readLabConfig } from "./base/config.ts";
import { findCluster } from "./state/find-cluster.ts";

export type LabKubeconfig = { readonly path: string; readonly context: string };

/** The kubeconfig of a cluster's administrator and the context in it. */
export async function labKubeconfig(cluster: string): Promise<LabKubeconfig> {
  const found = await findCluster(readLabConfig().rootFolder, cluster);
  return { path: found.cluster.kubeconfig, context: found.cluster.context };
}
