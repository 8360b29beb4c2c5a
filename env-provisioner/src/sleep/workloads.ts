import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import type { ObjectMeta } from "@seatrial/kube-link/kube-types.ts";

/** What a sleeping workload is to get back: replicas, or for a CronJob whether it was suspended. */
export const rememberedAnnotation = "seatrial.dev/replicas";
export const sleepFieldManager = "seatrial-sleep";

const scaledTypes = [
  { kind: "Deployment", apiVersion: "apps/v1", plural: "deployments" },
  { kind: "StatefulSet", apiVersion: "apps/v1", plural: "statefulsets" },
  { kind: "CronJob", apiVersion: "batch/v1", plural: "cronjobs" },
] as const;

type WorkloadObject = {
  metadata: ObjectMeta & { generation?: number };
  spec: { replicas?: number; suspend?: boolean; paused?: boolean };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    updatedReplicas?: number;
  };
};
export type Workload = { kind: (typeof scaledTypes)[number]["kind"]; path: string; object: WorkloadObject };

/** Everything of a namespace that makes pods and can be told to make none. DaemonSets and bare pods cannot. */
export async function listWorkloads(
  kube: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<Workload[]> {
  const lists = await Promise.all(
    scaledTypes.map(async ({ kind, apiVersion, plural }) => {
      const path = `/apis/${apiVersion}/namespaces/${namespace}/${plural}`;
      const list = await kube.get<{ items: WorkloadObject[] }>(path, { signal });
      return list.items.map((object) => ({ kind, path: `${path}/${object.metadata.name}`, object }));
    }),
  );
  return lists.flat();
}

/** Sets replicas (or a CronJob's suspension) and what is remembered, in one write. */
export async function setWorkload(
  kube: KubeClient,
  workload: Workload,
  to: { replicas: number; remembered: string | null },
  signal: AbortSignal,
): Promise<void> {
  const spec = workload.kind === "CronJob" ? { suspend: to.replicas === 0 } : { replicas: to.replicas };
  const metadata = { annotations: { [rememberedAnnotation]: to.remembered } };
  await kube.patch(workload.path, { metadata, spec }, { signal, query: { fieldManager: sleepFieldManager } });
}

export function remembered(workload: Workload): string | null {
  return workload.object.metadata.annotations?.[rememberedAnnotation] ?? null;
}
