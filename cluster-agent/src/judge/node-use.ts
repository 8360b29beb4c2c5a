import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { conditionOf } from "./container-states.ts";

/** True while the scheduler finds no node for the pod. */
export function isUnschedulable(pod: Pod): boolean {
  return conditionOf(pod, "PodScheduled")?.status === "False" && !isOver(pod);
}

/** True while the pod takes room on a node. */
export function holdsNode(pod: Pod): boolean {
  return pod.spec.nodeName !== undefined && !isOver(pod);
}

/** True when the scheduler does not count the pod any more. */
export function isOver({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}
