import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { KubeError } from "@seatrial/kube-link/kube-error.ts";
import type { AllTypes } from "@seatrial/kube-link/list-all-types.ts";
import { listObjects } from "@seatrial/kube-link/list-objects.ts";

type ApiService = { metadata: { labels?: Record<string, string> }; spec: { group?: string } };

/** The API server registers its own groups with this label's value `onstart`, those of CRDs with `true`. */
const automanaged = "kube-aggregator.kubernetes.io/automanaged";

/** Groups that somebody brought to this cluster: those of CRDs and of aggregated API servers. */
export async function findCustomGroups(
  kube: KubeClient,
  { types }: AllTypes,
  signal?: AbortSignal,
): Promise<Set<string>> {
  try {
    const services = await listObjects<ApiService>(kube, "/apis/apiregistration.k8s.io/v1/apiservices", {
      signal,
    });
    const custom = services.filter(({ metadata }) => metadata.labels?.[automanaged] !== "onstart");
    return new Set(custom.map(({ spec }) => spec.group ?? ""));
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof KubeError) || error.status === 0) throw error;
    // Not allowed to read them: Kubernetes' own groups have no dot or end in k8s.io.
    return new Set(
      types.map(({ group }) => group).filter((group) => group.includes(".") && !group.endsWith(".k8s.io")),
    );
  }
}
