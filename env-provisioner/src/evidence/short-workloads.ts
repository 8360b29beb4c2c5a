import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { hasStatus } from "@seatrial/kube-link/kube-error.ts";
import { listWorkloads, type Workload } from "../sleep/workloads.ts";

export type ShortWorkload = { object: string; available: number; wanted: number };

type Autoscaler = { spec: { scaleTargetRef: { kind: string; name: string }; minReplicas?: number } };

/**
 * Deployments and StatefulSets with fewer available replicas than they must have. One that an autoscaler grows must
 * have the autoscaler's least: the replicas beyond come with the load, and their start breaks nothing. A paused
 * Deployment is ready with any number, as it is when it is made.
 */
export async function listShortWorkloads(
  kube: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<ShortWorkload[]> {
  const [workloads, autoscalers] = await Promise.all([
    listWorkloads(kube, namespace, signal),
    listAutoscalers(kube, namespace, signal),
  ]);
  return workloads
    .filter(({ kind, object }) => kind !== "CronJob" && object.spec.paused !== true)
    .map((workload) => ({
      object: `${workload.kind}/${workload.object.metadata.name}`,
      available: workload.object.status?.availableReplicas ?? 0,
      wanted: workload.object.spec.replicas ?? 1,
      least: leastReplicas(workload, autoscalers),
    }))
    .filter(({ available, wanted, least }) => available < Math.min(wanted, least));
}

function leastReplicas({ kind, object }: Workload, autoscalers: readonly Autoscaler[]): number {
  const own = autoscalers.filter(({ spec: { scaleTargetRef: target } }) => {
    return target.kind === kind && target.name === object.metadata.name;
  });
  return own.length === 0 ? Infinity : Math.max(...own.map(({ spec }) => spec.minReplicas ?? 1));
}

/** None where the cluster does not know `autoscaling/v2`: it came with Kubernetes 1.23. */
async function listAutoscalers(
  kube: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<Autoscaler[]> {
  const path = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`;
  try {
    return (await kube.get<{ items: Autoscaler[] }>(path, { signal })).items;
  } catch (error) {
    if (hasStatus(error, 404)) return [];
    throw error;
  }
}
