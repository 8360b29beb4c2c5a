import type { KubernetesObject } from "../planned-object.ts";

type PodTemplate = { metadata?: { labels?: Record<string, string> } };
type WorkloadSpec = { replicas?: number; suspend?: boolean; template?: PodTemplate };

/**
 * True when a planned workload brings pods that a Service selects. Only then can waiting for its endpoints end: pods
 * that an operator makes, or a workload at zero, would be waited for until the deadline.
 */
export function expectsEndpoints(service: KubernetesObject, planned: readonly KubernetesObject[]): boolean {
  const { selector, type } = (service.spec ?? {}) as { selector?: Record<string, string>; type?: string };
  if (type === "ExternalName" || !selector || Object.keys(selector).length === 0) return false;
  return planned.some(
    (object) => object.metadata.namespace === service.metadata.namespace && bringsPods(object, selector),
  );
}

function bringsPods(object: KubernetesObject, selector: Record<string, string>): boolean {
  const spec = (object.spec ?? {}) as WorkloadSpec;
  if (!["Deployment", "StatefulSet", "ReplicaSet", "Pod"].includes(object.kind) || spec.replicas === 0)
    return false;
  const labels = object.kind === "Pod" ? object.metadata.labels : spec.template?.metadata?.labels;
  return Object.entries(selector).every(([key, value]) => labels?.[key] === value);
}
