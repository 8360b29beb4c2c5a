import type { Evidence } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { Node } from "@seatrial/kube-link/kube-types.ts";

/** A node that is not ready now, whenever that began: what runs on it cannot be trusted. */
export function evidenceOfNode(node: Node, since: number): Evidence[] {
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status === "True") return [];
  const message = `not ready: ${ready?.reason ?? "it tells nothing"} ${ready?.message ?? ""}`.trim();
  const changed = Date.parse(ready?.lastTransitionTime ?? "");
  const at = changed >= since ? new Date(changed).toISOString() : null;
  return [{ at, kind: "node", object: `Node/${node.metadata.name}`, message: message.slice(0, 2_000) }];
}
