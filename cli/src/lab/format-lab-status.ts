import type { ClusterStatus, LabStatus } from "@seatrial/lab/lab-status.ts";

/** The lab as lines for a person. */
export function formatLabStatus(status: LabStatus | undefined): string {
  if (!status) return "No lab is up. Bring one up with `seatrial lab up`.";
  const registry = status.registry ? `, registry ${status.registry.address}` : "";
  return [`Lab of the ${status.driver} driver${registry}`, ...status.clusters.map(formatCluster)].join("\n");
}

function formatCluster(cluster: ClusterStatus): string {
  const missing = cluster.components.filter(({ isReady }) => !isReady).map(({ name }) => name);
  const states = [
    cluster.phase === "starting" ? "half up: repeat `seatrial lab up`" : undefined,
    cluster.isCut ? "link cut" : undefined,
    missing.length > 0 ? `not ready: ${missing.join(", ")}` : undefined,
  ].filter((state) => state !== undefined);
  const address = cluster.address ? ` at ${cluster.address}` : "";
  return `  ${cluster.name}${address}: ${states.join("; ") || "ready"} (kubeconfig ${cluster.kubeconfig})`;
}
