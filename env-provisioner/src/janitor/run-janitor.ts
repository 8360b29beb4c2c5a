import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import type { RepairPolicy } from "../blockers/repair-policy.ts";

export type JanitorRequest = {
  kube: KubeClient;
  cluster: string;
  /** Where operation Leases are. */
  leaseNamespace: string;
  /** Names this process in Leases. */
  holder: string;
  policy: RepairPolicy;
  clock: Clock;
  logger: Logger;
  signal?: AbortSignal;
  /** How long after its expiry the hub gets its chance first (default 300). */
  marginSeconds?: number;
  /** How long one environment may take in one pass (default 120). */
  limitSeconds?: number;
};
export type JanitorReport = {
  removed: string[];
  left: string[];
  skipped: { environmentId: string; why: string }[];
};

/** One pass: removes what has expired by its label, with no hub. */
export async function runJanitor(_request: JanitorRequest): Promise<JanitorReport> {
  throw new Error("not written yet");
}
