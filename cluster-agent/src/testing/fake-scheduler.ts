import type { Node, Pod, PodStatus } from "@seatrial/kube-link/kube-types.ts";
import { parseQuantity } from "@seatrial/kube-link/parse-quantity.ts";
import { podRequests } from "../cluster/pod-requests.ts";

const startedAt = "2026-01-01T00:00:00Z";
const isOver = ({ status }: Pod) => status?.phase === "Succeeded" || status?.phase === "Failed";

/** The first node with room for the pod, by what its neighbours there ask for; undefined: none. */
export function findNode(nodes: readonly Node[], pods: readonly Pod[], pod: Pod): Node | undefined {
  const wanted = podRequests(pod.spec);
  return nodes.find(({ metadata, spec, status }) => {
    if (spec?.unschedulable) return false;
    const there = pods.filter((other) => other.spec.nodeName === metadata.name && !isOver(other));
    const used = there.map((other) => podRequests(other.spec));
    const cpu = used.reduce((total, { cpuMillis }) => total + cpuMillis, wanted.cpuMillis);
    const memory = used.reduce((total, { memoryBytes }) => total + memoryBytes, wanted.memoryBytes);
    const {
      cpu: cpuThere = "0",
      memory: memoryThere = "0",
      pods: podsThere = "0",
    } = status?.allocatable ?? {};
    return (
      cpu <= (parseQuantity(cpuThere, 1_000) ?? 0) &&
      memory <= (parseQuantity(memoryThere) ?? 0) &&
      there.length < Number(podsThere)
    );
  });
}

/** A pod's status while no node takes it, while it runs, and after its command's end. */
export const statuses = {
  unschedulable: {
    phase: "Pending",
    conditions: [
      { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes are available." },
    ],
  } satisfies PodStatus,
  running: (name: string): PodStatus => ({
    phase: "Running",
    startTime: startedAt,
    conditions: [{ type: "PodScheduled", status: "True" }],
    containerStatuses: [{ name, state: { running: { startedAt } } }],
  }),
  ended: (name: string, exitCode: number): PodStatus => ({
    phase: exitCode === 0 ? "Succeeded" : "Failed",
    startTime: startedAt,
    conditions: [{ type: "PodScheduled", status: "True" }],
    containerStatuses: [{ name, state: { terminated: { exitCode, startedAt, finishedAt: startedAt } } }],
  }),
};
