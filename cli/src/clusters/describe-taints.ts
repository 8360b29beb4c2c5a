import type { ClusterTaint } from "@seatrial/contracts/clusters/cluster.ts";
import { safeLine } from "../terminal/safe-text.ts";

/** `gpu team=payments`; empty without any. */
export function describeTaints(taints: readonly ClusterTaint[]): string {
  return safeLine(taints.map(({ key, value }) => (value ? `${key}=${value}` : key)).join(" "));
}
