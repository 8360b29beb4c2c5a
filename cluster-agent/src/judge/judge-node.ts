import type { Node, Pod } from "@seatrial/kube-link/kube-types.ts";
import { type ExitDraft, exitOf } from "./pod-view.ts";

/**
 * Whether the node of a pod counts as lost: gone, or not heard of (`Ready` is `Unknown`) for `graceSeconds` on top of
 * the control plane's own grace. A kubelet that says "not ready" itself is still there.
 */
export function judgeNode(
  pod: Pod,
  node: Node | null,
  nowMilliseconds: number,
  graceSeconds: number,
): ExitDraft | null {
  const name = pod.spec.nodeName;
  if (name === undefined) return null;
  if (node === null) return exitOf("node_lost", `The node ${name} is no longer part of the cluster.`);
  const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
  if (ready?.status !== "Unknown") return null;
  const silentMilliseconds = nowMilliseconds - Date.parse(ready.lastTransitionTime ?? "");
  if (!(silentMilliseconds >= graceSeconds * 1_000)) return null;
  return exitOf(
    "node_lost",
    `The node ${name} has not answered since before ${ready.lastTransitionTime}: ${ready.message ?? ready.reason ?? ""}`,
  );
}
