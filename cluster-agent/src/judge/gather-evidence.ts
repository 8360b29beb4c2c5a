import type { ContainerStatus, KubeEvent, Pod } from "@seatrial/kube-link/kube-types.ts";

const maxEntries = 20;
const maxCharacters = 1_000;

/** What the cluster showed of a pod, for people: node, container states, the newest events. Untrusted text, capped. */
export function gatherEvidence(pod: Pod, events: KubeEvent[]): string[] {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const own = [
    `pod ${pod.metadata.name} on node ${pod.spec.nodeName ?? "none"}: ${[pod.status?.phase, pod.status?.reason, pod.status?.message].filter(Boolean).join(", ")}`,
    ...statuses.map(describeContainer),
  ];
  const told = events.slice(-(maxEntries - own.length)).map(describeEvent);
  return [...own, ...told].slice(0, maxEntries).map((entry) => entry.slice(0, maxCharacters));
}

function describeContainer({ name, state }: ContainerStatus): string {
  if (state?.terminated) {
    const { exitCode, reason, message } = state.terminated;
    return `container ${name} ended with code ${exitCode} (${reason ?? "no reason"})${message ? `: ${message}` : ""}`;
  }
  if (state?.running) return `container ${name} runs since ${state.running.startedAt}`;
  return `container ${name} waits (${state?.waiting?.reason ?? "no reason"})${state?.waiting?.message ? `: ${state.waiting.message}` : ""}`;
}

function describeEvent(event: KubeEvent): string {
  const times = event.count !== undefined && event.count > 1 ? ` (${event.count} times)` : "";
  return `${event.type ?? "Normal"} ${event.reason ?? ""}${times}: ${event.message ?? ""}`;
}
