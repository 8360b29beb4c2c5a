import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import type { Pod, PodSpec } from "@seatrial/kube-link/kube-types.ts";
import type { PodMoments } from "./pod-moments.ts";

/** One API call makes a pod of this spec: request → container started. The pod is deleted when it has ended. */
export async function measureRawPod(
  kube: KubeClient,
  moments: PodMoments,
  pod: { namespace: string; name: string; spec: PodSpec },
): Promise<number> {
  const { namespace, name, spec } = pod;
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const begin = Date.now();
  await kube.post(path, { apiVersion: "v1", kind: "Pod", metadata: { name }, spec });
  const started = await moments.seen("started", (seen) => seen.metadata.name === name);
  await moments.seen("ended", (seen) => seen.metadata.name === name);
  await kube.remove(`${path}/${name}`, { gracePeriodSeconds: 0 });
  return started - begin;
}

/** The spec that Seatrial sent for a pod, without what the cluster added: raw pods are copies of ours. */
export function sentSpec(pod: Pod): PodSpec {
  const { nodeName: _, ...spec } = pod.spec;
  return spec;
}
