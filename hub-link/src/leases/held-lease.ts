export type StopReason = "cancelled" | "disowned";

/** Work that this process has in hand, from its acknowledgement until the hub has its end. */
export type HeldLease<Grant extends { leaseId: string }> = {
  leaseId: string;
  grant: Grant;
  /** What it made was found in the cluster after a restart, so part of it may have been reported. */
  adopted: boolean;
  stopping: AbortSignal;
  /** The first reason counts, except that a disowned lease may no longer report anything. */
  stopReason: () => StopReason | null;
};

/** A lease in hand and the way to stop its work. */
export function holdLease<Grant extends { leaseId: string }>(
  grant: Grant,
  adopted: boolean,
): { lease: HeldLease<Grant>; stop: (reason: StopReason) => void } {
  const controller = new AbortController();
  let reason: StopReason | null = null;
  return {
    lease: {
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
