import { inClusterAccess, type KubeAccess } from "./kube-access.ts";
import { readKubeconfig } from "./read-kubeconfig.ts";

/** The access that the configuration names: a kubeconfig when there is one, else the service account. */
export function openKubernetes(where: {
  kubeconfig: string | null;
  context: string | null;
  inClusterAddress: string | null;
}): Promise<KubeAccess> {
  if (where.kubeconfig !== null) return readKubeconfig(where.kubeconfig, where.context);
  if (where.inClusterAddress !== null) return inClusterAccess(where.inClusterAddress);
  throw new Error("No cluster: run in a pod, or set SEATRIAL_KUBECONFIG");
}
