import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import type { Node, NodeTaint, Toleration } from "@seatrial/kube-link/kube-types.ts";
import { parseQuantity } from "@seatrial/kube-link/parse-quantity.ts";
import { readyOf } from "../judge/judge-node.ts";
import type { NodeChoice } from "../pods/node-choice.ts";

/** What a node has for pods. */
export type NodeRoom = { name: string; cpuMillis: number; memoryBytes: number; pods: number };

type NodeList = { metadata: { continue?: string }; items: Node[] };
/** A node is some 20 KB of JSON, and no more than a page of them is in memory. */
const pageSize = 50;

/**
 * The nodes that pods with this choice may use: ready, not cordoned, selected, and without a taint that is not
 * tolerated. Throws `KubeError`.
 */
export async function listUsableNodes(
  kube: Pick<KubeClient, "get">,
  { nodeSelector, tolerations }: NodeChoice,
  signal: AbortSignal,
): Promise<NodeRoom[]> {
  const labelSelector = Object.entries(nodeSelector)
    .map((label) => label.join("="))
    .join(",");
  const rooms: NodeRoom[] = [];
  let next: string | undefined;
  do {
    const page: NodeList = await kube.get<NodeList>("/api/v1/nodes", {
      query: { limit: pageSize, ...(labelSelector && { labelSelector }), ...(next && { continue: next }) },
      signal,
    });
    for (const node of page.items) if (isUsable(node, tolerations)) rooms.push(roomOf(node));
    next = page.metadata.continue || undefined;
  } while (next !== undefined);
  return rooms;
}

function isUsable(node: Node, tolerations: readonly Toleration[]): boolean {
  const { unschedulable = false, taints = [] } = node.spec ?? {};
  if (unschedulable || readyOf(node)?.status !== "True") return false;
  return taints
    .filter(({ effect }) => effect === "NoSchedule" || effect === "NoExecute")
    .every((taint) => tolerations.some((toleration) => isTolerated(taint, toleration)));
}

/** As the scheduler sees it: no key is every key, no effect is every effect. */
function isTolerated(taint: NodeTaint, { key, operator = "Equal", value = "", effect }: Toleration): boolean {
  if (effect !== undefined && effect !== taint.effect) return false;
  if (key !== undefined && key !== taint.key) return false;
  return operator === "Exists" || (key !== undefined && value === (taint.value ?? ""));
}

function roomOf({ metadata, status }: Node): NodeRoom {
  const { cpu = "0", memory = "0", pods = "0" } = status?.allocatable ?? {};
  const whole = (text: string, perUnit = 1) => Math.floor(parseQuantity(text, perUnit) ?? 0);
  return {
    name: metadata.name,
    cpuMillis: whole(cpu, 1_000),
    memoryBytes: whole(memory),
    pods: whole(pods),
  };
}
