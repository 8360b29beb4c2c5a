import { type ClusterObject, type FoundObject, pathOfObject, referenceOf } from "../teardown/found-object.ts";
import { type Cause, shellCommand } from "./cause.ts";
import { kubectlWords } from "./kubectl-command.ts";

/** A node as it was read; `missing`: the API server has none of that name; null: it may not be read. */
export type NodeFact = ClusterObject | "missing" | null;

/** Past its grace a pod should be gone within this time on a node that works. */
const patienceMilliseconds = 5_000;

/** Why a pod that was asked to end is still there; null: it has time left, or nothing is wrong. */
export function explainPod(found: FoundObject, node: NodeFact, nowMilliseconds: number): Cause | null {
  const { metadata, spec } = found.object;
  if (metadata.deletionTimestamp === undefined) return null;
  const common = {
    key: `pod ${metadata.uid}`,
    object: referenceOf(found),
    command: shellCommand("kubectl", "delete", ...kubectlWords(found), "--grace-period=0", "--force"),
  };
  const nodeName = String(spec?.nodeName ?? "");
  const lost = nodeName === "" ? null : lostSince(node);
  if (lost) {
    const message = `pod ${metadata.name} is on node ${nodeName}, ${lost.why}: nobody there can end it. Bring the node back or, if it is gone for good, delete the pod's record.`;
    const repair = { kind: "force_delete_pod" as const, path: pathOfObject(found), uid: metadata.uid };
    return { ...common, kind: "lost_node", message, since: lost.since, repair };
  }
  // Kubernetes writes the time at which the grace ends.
  const graceEndsAt = Date.parse(metadata.deletionTimestamp);
  if (nowMilliseconds < graceEndsAt + patienceMilliseconds && !isLong(metadata.deletionGracePeriodSeconds))
    return null;
  const grace = `${metadata.deletionGracePeriodSeconds ?? 0} s of grace`;
  const message =
    nowMilliseconds < graceEndsAt
      ? `pod ${metadata.name} has not ended on SIGTERM and has ${grace}, until ${metadata.deletionTimestamp}.`
      : `pod ${metadata.name} is still there after its ${grace} although its node ${nodeName} works: see its kubelet and container runtime.`;
  return { ...common, kind: "pod_terminating", message, since: metadata.deletionTimestamp, repair: null };
}

const isLong = (graceSeconds: number | undefined) => (graceSeconds ?? 0) > 10;

function lostSince(node: NodeFact): { why: string; since: string | null } | null {
  if (node === null) return null;
  if (node === "missing") return { why: "which does not exist any more", since: null };
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  if (ready === undefined || ready.status === "True") return null;
  const since = ready.lastTransitionTime ?? null;
  const word = ready.status === "Unknown" ? "which cannot be reached" : "which is not ready";
  return { why: `${word} since ${since ?? "an unknown time"} (${ready.reason ?? ready.status})`, since };
}
