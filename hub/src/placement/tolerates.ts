import type { ClusterTaint } from "@seatrial/contracts/clusters/cluster.ts";
import type { Toleration } from "@seatrial/contracts/suites/suite-spec.ts";

/**
 * Whether one of these tolerations stands a taint, as Kubernetes has it: the key alone, or key and value. A taint
 * without a value is one with the empty value.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
 */
export function tolerates(tolerations: readonly Toleration[], taint: ClusterTaint): boolean {
  return tolerations.some(
    ({ key, value }) => key === taint.key && (value === null || value === (taint.value ?? "")),
  );
}

/** `gpu` or `team=payments`. */
export function describeTaint({ key, value }: ClusterTaint): string {
  return value === null || value === "" ? key : `${key}=${value}`;
}
