import type { LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";

export type StopReason = "cancelled" | "disowned";

/** An attempt this agent has in hand, from its acknowledgement until the hub has its end. */
export type Attempt = {
  leaseId: string;
  grant: LeaseGrant;
  /** Its pod was found in the cluster, so its log may have been sent in part. */
  adopted: boolean;
  stopping: AbortSignal;
  /** The first reason counts, except that a disowned lease may no longer report anything. */
  stopReason: () => StopReason | null;
};

/** An attempt and the way to stop it. */
export function createAttempt(
  grant: LeaseGrant,
  adopted: boolean,
): { attempt: Attempt; stop: (reason: StopReason) => void } {
  const controller = new AbortController();
  let reason: StopReason | null = null;
  return {
    attempt: {
      leaseId: grant.leaseId,
      grant,
      adopted,
      stopping: controller.signal,
      stopReason: () => reason,
    },
    stop(next) {
      if (reason !== "disowned") reason = next;
      controller.abort();
    },
  };
}
