import type { Pod } from "../kubernetes/kube-types.ts";
import { conditionOf } from "./container-states.ts";
import { type ExitDraft, exitOf } from "./pod-view.ts";

/** Reasons the kubelet gives a pod it does not let in (pkg/kubelet/lifecycle/predicate.go and the resource managers). */
const refusedByNode =
  /^(OutOf|Unexpected|NodeAffinity|NodePorts|NodeName|Admission|PodOS|Topology|SMTAlignment|SysctlForbidden|AppArmor|VolumeAttachmentLimit|InsufficientResource)/;

/** Reasons of the `DisruptionTarget` condition (KEP-3329). */
const lostByDisruption = new Set(["DeletionByTaintManager", "DeletionByPodGC"]);

/** The end that concerns the pod as a whole, whatever its containers say; null when there is none. */
export function podWideEnd(pod: Pod): ExitDraft | null {
  const { phase, reason = "", message = "" } = pod.status ?? {};
  const node = pod.spec.nodeName ?? "no node";
  const disruption = conditionOf(pod, "DisruptionTarget");
  if (reason === "DeadlineExceeded")
    return exitOf(
      "deadline",
      `It ran into the suite's timeout of ${pod.spec.activeDeadlineSeconds} s (scheduling aside, everything in the pod counts). Raise 'timeout', or use more shards.`,
    );
  if (
    reason === "NodeLost" ||
    (disruption?.status === "True" && lostByDisruption.has(disruption.reason ?? ""))
  )
    return exitOf("node_lost", `The node ${node} was lost: ${message || disruption?.message || reason}`);
  if (reason === "Evicted" || disruption?.status === "True")
    return exitOf(
      "evicted",
      `The node ${node} evicted the pod: ${message || disruption?.message || "no reason given"}. Ask for what the tests really use in 'resources'.`,
    );
  if (phase !== "Failed" || reason === "") return null;
  if (reason === "NodeShutdown" || reason === "Terminated")
    return exitOf("node_lost", `The node ${node} was shut down: ${message}`);
  if (refusedByNode.test(reason))
    return exitOf("pod_rejected", `The node ${node} refused the pod (${reason}): ${message}`);
  return null;
}

/** When what `podWideEnd` tells of began, in milliseconds since 1970; null when the status does not say. */
export function podWideEndBegan(pod: Pod): number | null {
  const { reason, startTime } = pod.status ?? {};
  const disruption = conditionOf(pod, "DisruptionTarget");
  const at =
    reason === "DeadlineExceeded"
      ? Date.parse(startTime ?? "") + pod.spec.activeDeadlineSeconds * 1_000
      : Date.parse(disruption?.lastTransitionTime ?? "");
  return Number.isNaN(at) ? null : at;
}
