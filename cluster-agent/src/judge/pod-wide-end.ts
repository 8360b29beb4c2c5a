import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { conditionOf, containerStates } from "./container-states.ts";
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
  if (reason === "DeadlineExceeded") return deadlineEnd(pod);
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

/** Until its command has started, a pod that takes too long is no word about the tests. */
function deadlineEnd(pod: Pod): ExitDraft {
  const { main } = containerStates(pod);
  const mainStart = Date.parse(main?.state?.terminated?.startedAt ?? main?.state?.running?.startedAt ?? "");
  const limit = pod.spec.activeDeadlineSeconds;
  if (!(mainStart > 0))
    return exitOf(
      "agent_error",
      `The command had not started ${limit} s after the pod reached its node: pulling the images or preparing the content took too long.`,
    );
  const preparedSeconds = (mainStart - Date.parse(pod.status?.startTime ?? "")) / 1_000;
  return exitOf(
    "deadline",
    `It ran into the suite's timeout of ${Math.round(limit - preparedSeconds)} s. Raise 'timeout', or use more shards.`,
  );
}

/** True when the container ended before the pod's deadline; both times are of the kubelet's clock. */
export function endedBeforeDeadline(pod: Pod, finishedAt: string | null | undefined): boolean {
  const deadlineAt = Date.parse(pod.status?.startTime ?? "") + pod.spec.activeDeadlineSeconds * 1_000;
  return Date.parse(finishedAt ?? "") < deadlineAt;
}
