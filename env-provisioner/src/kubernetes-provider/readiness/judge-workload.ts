import { conditionOf, type LiveObject, numberOf } from "../live-object.ts";
import { failed, ready, type Verdict, waiting } from "./verdict.ts";

/**
 * A Deployment is ready when all its replicas are of its newest template and available, and no older one is left.
 * `applied` is the object as the apply answered: the failure of an update before must not fail the one that mends it.
 * Source: kstatus (sigs.k8s.io/cli-utils/pkg/kstatus/status/core.go), `kubectl rollout status`.
 */
export function judgeDeployment(live: LiveObject, applied?: LiveObject): Verdict {
  const wanted = numberOf(live.spec, "replicas", 1);
  const { status } = live;
  if (live.spec?.paused === true) return ready;
  const progress = conditionOf(live, "Progressing");
  const isStale = progress?.lastUpdateTime === conditionOf(applied, "Progressing")?.lastUpdateTime;
  if (progress?.reason === "ProgressDeadlineExceeded" && !isStale)
    return failed(progress.message ?? "its progress deadline passed");
  const refusal = conditionOf(live, "ReplicaFailure");
  const updated = numberOf(status, "updatedReplicas", 0);
  if (updated < wanted) {
    const why = refusal?.status === "True" ? `: ${refusal.message ?? refusal.reason}` : "";
    return waiting(`${updated} of ${wanted} replicas are of the new template${why}`);
  }
  const all = numberOf(status, "replicas", 0);
  if (all > updated) return waiting(`${all - updated} old replicas are left`);
  const available = numberOf(status, "availableReplicas", 0);
  return available < wanted ? waiting(`${available} of ${wanted} replicas are available`) : ready;
}

/** A StatefulSet is ready when its replicas are ready and of its newest revision, as far as its partition asks. */
export function judgeStatefulSet(live: LiveObject): Verdict {
  const strategy = live.spec?.updateStrategy as
    | { type?: string; rollingUpdate?: { partition?: number } }
    | undefined;
  const wanted = numberOf(live.spec, "replicas", 1);
  const { status } = live;
  const readyReplicas = numberOf(status, "readyReplicas", 0);
  if (readyReplicas < wanted) return waiting(`${readyReplicas} of ${wanted} replicas are ready`);
  const all = numberOf(status, "replicas", 0);
  if (all > wanted) return waiting(`${all - wanted} replicas too many`);
  if (strategy?.type === "OnDelete") return ready;
  const newest = wanted - (strategy?.rollingUpdate?.partition ?? 0);
  const updated = numberOf(status, "updatedReplicas", 0);
  if (updated < newest) return waiting(`${updated} of ${newest} replicas are of the new template`);
  return ready;
}

/** A DaemonSet is ready when each node that it wants has an available pod of its newest template. */
export function judgeDaemonSet(live: LiveObject): Verdict {
  const wanted = numberOf(live.status, "desiredNumberScheduled", 0);
  const updated = numberOf(live.status, "updatedNumberScheduled", 0);
  const strategy = live.spec?.updateStrategy as { type?: string } | undefined;
  if (updated < wanted && strategy?.type !== "OnDelete")
    return waiting(`${updated} of ${wanted} nodes have a pod of the new template`);
  const available = numberOf(live.status, "numberAvailable", 0);
  return available < wanted ? waiting(`${available} of ${wanted} nodes have an available pod`) : ready;
}

/** A Job is ready when it completed, a suspended one at once. */
export function judgeJob(live: LiveObject): Verdict {
  const failure = conditionOf(live, "Failed");
  if (failure?.status === "True") return failed(failure.message ?? failure.reason ?? "it failed");
  if (conditionOf(live, "Complete")?.status === "True" || live.spec?.suspend === true) return ready;
  const active = numberOf(live.status, "active", 0);
  return waiting(`it has not completed; ${active} of its pods are active`);
}

/** A Pod is ready by its condition, or when it ended well. */
export function judgePod(live: LiveObject): Verdict {
  const phase = live.status?.phase;
  if (phase === "Succeeded") return ready;
  if (phase === "Failed") return failed(String(live.status?.message ?? live.status?.reason ?? "it failed"));
  const condition = conditionOf(live, "Ready");
  if (condition?.status === "True") return ready;
  return waiting(`it is ${String(phase ?? "Pending")}: ${condition?.message ?? "not ready"}`);
}
