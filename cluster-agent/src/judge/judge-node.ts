import type { Node, Pod } from "@seatrial/kube-link/kube-types.ts";
import { type ExitDraft, exitOf } from "./pod-view.ts";

/**
 * Whether the node of a pod counts as lost: gone, or not heard of (`Ready` is `Unknown`) for `graceSeconds` on top of
 * the control plane's own grace. How long that is already is the caller's count, because the control plane's clock may
 * be another. A kubelet that says "not ready" itself is still there.
 */
export function judgeNode(
  pod: Pod,
  node: Node | null,
  silentMilliseconds: number,
  graceSeconds: number,
): ExitDraft | null {
  const name = pod.spec.nodeName;
  if (name === undefined) return null;
  if (node === null) return exitOf("node_lost", `The node ${name} is no longer part of the cluster.`);
  const ready = readyOf(node);
  if (ready?.status !== "Unknown" || silentMilliseconds < graceSeconds * 1_000) return null;
  return exitOf(
    "node_lost",
    `The node ${name} has not answered since before ${ready.lastTransitionTime}: ${ready.message ?? ready.reason ?? ""}`,
  );
}

/** What the control plane says of a node's readiness. */
export function readyOf(node: Node) {
  return node.status?.conditions?.find((condition) => condition.type === "Ready");
}
