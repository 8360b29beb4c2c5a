import type { NetworkPolicyEnforcement } from "@seatrial/contracts/clusters/cluster.ts";
import { safeLine } from "../terminal/safe-text.ts";

/** Whether a cluster keeps pods to their network policies, in words. */
export function describeEnforcement(enforcement: NetworkPolicyEnforcement | null): string {
  if (enforcement === null) return "not tried yet";
  const words = { yes: "enforced", no: "NOT enforced", unknown: "unknown" } as const;
  return `${words[enforcement.answer]}: ${safeLine(enforcement.reason, 300)}`;
}
