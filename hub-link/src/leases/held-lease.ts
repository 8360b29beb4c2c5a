/** `released`: the hub gives the work to another cluster once it is stopped here. */
export type StopReason = "cancelled" | "disowned" | "released";

/** Work that this process has in hand, from its acknowledgement until the hub has its end. */
export type HeldLease<Grant extends { leaseId: string }> = {
  leaseId: string;
  grant: Grant;
  /** What it made was found in the cluster after a restart, so part of it may have been reported. */
  adopted: boolean;
  stopping: AbortSignal;
  /** Aborts when the lease is lost, also after a cancel: from then on nothing may be reported. */
  lost: AbortSignal;
  /** The last reason counts, except that a disowned or released lease may no longer report anything. */
  stopReason: () => StopReason | null;
};

/** A lease in hand and the way to stop its work. */
export function holdLease<Grant extends { leaseId: string }>(
  grant: Grant,
  adopted: boolean,
): { lease: HeldLease<Grant>; stop: (reason: StopReason) => void } {
  const stopping = new AbortController();
  const lost = new AbortController();
  let reason: StopReason | null = null;
  return {
    lease: {
      leaseId: grant.leaseId,
      grant,
      adopted,
      stopping: stopping.signal,
      lost: lost.signal,
      stopReason: () => reason,
    },
    stop(next) {
      if (!isLoss(reason)) reason = next;
      if (isLoss(next)) lost.abort();
      stopping.abort();
    },
  };
}

/** True for reasons after which nothing may be reported. */
export function isLoss(reason: StopReason | null): boolean {
  return reason === "disowned" || reason === "released";
}
