import type { Evidence } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { KubeEvent, Pod } from "@seatrial/kube-link/kube-types.ts";

export type PodEvent = KubeEvent & { involvedObject?: { kind?: string; name?: string; uid?: string } };

/** What is told of a pod that is made to go, whoever wants it. */
const endings = new Set(["Killing", "Evicted", "Preempting", "Preempted", "TaintManagerEviction"]);

/**
 * Pods that went since a time (milliseconds) and have a successor made since then. Their Deployment has all its
 * replicas again, so nothing but the events and the successors' age tells of it. A pod without a successor was scaled
 * away, or is told as missing.
 */
export function evidenceOfReplaced(
  pods: readonly Pod[],
  events: readonly PodEvent[],
  since: number,
): Evidence[] {
  const alive = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const uids = new Set(alive.map((pod) => pod.metadata.uid));
  const successors = alive.filter((pod) => Date.parse(pod.metadata.creationTimestamp ?? "") >= since);
  const told = new Set<string>();
  return events.flatMap((event) => {
    const { kind, name, uid } = event.involvedObject ?? {};
    const at = event.lastTimestamp ?? event.eventTime ?? "";
    const isEnd = kind === "Pod" && endings.has(event.reason ?? "") && Date.parse(at) >= since;
    if (!isEnd || !name || !uid || uids.has(uid) || told.has(uid)) return [];
    const successor = successors.find((pod) => isReplicaOf(pod, name));
    if (successor === undefined) return [];
    told.add(uid);
    const message = `it went (${event.reason}: ${event.message ?? ""}) and ${successor.metadata.name} took its place`;
    const object = `Pod/${name}`.slice(0, 400);
    return [
      { at: new Date(at).toISOString(), kind: "restart" as const, object, message: message.slice(0, 2_000) },
    ];
  });
}

/** A StatefulSet's pods keep their names; those of ReplicaSets and DaemonSets share what they begin with. */
function isReplicaOf({ metadata }: Pod, name: string): boolean {
  const owners = metadata.ownerReferences ?? [];
  return owners.some(
    (owner) =>
      (owner.kind === "StatefulSet" && metadata.name === name) ||
      (/^(ReplicaSet|DaemonSet)$/.test(owner.kind) && name.startsWith(`${owner.name}-`)),
  );
}
