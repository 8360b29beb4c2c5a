import type { LeaseOrder, Order } from "@seatrial/contracts/agent-protocol/orders.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import { type HeldLease, holdLease, type StopReason } from "./held-lease.ts";

export type LeaseTableDeps<Grant extends { leaseId: string }> = {
  slots: number;
  /** Does one lease's work to its end; a rejection is a bug and is logged. */
  run: (lease: HeldLease<Grant>) => Promise<void>;
  logger: Logger;
  /** The work of a lease is over, and its slot is free. */
  onFree: (lease: HeldLease<Grant>) => void;
};

export type LeaseTable<Grant extends { leaseId: string }> = {
  /** Takes leases over that are not known yet; new ones over the slots wait in order. */
  take: (grants: Grant[], adopted: boolean) => void;
  /** Stops what is known of these leases; others are no business of ours. */
  stop: (leaseIds: string[], reason: StopReason) => void;
  /** Does what the hub orders of the leases in hand. */
  obey: (orders: readonly Order[]) => void;
  knows: (leaseId: string) => boolean;
  /** Every lease in hand, waiting ones too. */
  leases: () => string[];
  slotsFree: () => number;
  /** Resolves when all work that runs now is over. */
  settled: () => Promise<void>;
};

type Entry<Grant extends { leaseId: string }> = {
  lease: HeldLease<Grant>;
  stop: (reason: StopReason) => void;
  done: Promise<void> | null;
};

const reasonOf: Record<LeaseOrder, StopReason> = {
  cancel: "cancelled",
  disown: "disowned",
  release: "released",
};

/** The leases in hand: each once (dedupe), new ones at most up to `slots` at a time (limit), adopted ones all. */
export function createLeaseTable<Grant extends { leaseId: string }>(
  deps: LeaseTableDeps<Grant>,
): LeaseTable<Grant> {
  const entries = new Map<string, Entry<Grant>>();
  const runningCount = () => [...entries.values()].filter((entry) => entry.done !== null).length;

  function startWaiting(): void {
    for (const entry of entries.values()) {
      if (entry.done !== null) continue;
      // What was adopted runs in the cluster already: only work of this process reports it, and stops it when told.
      if (!entry.lease.adopted && runningCount() >= deps.slots) continue;
      entry.done = run(entry.lease);
    }
  }

  async function run(lease: HeldLease<Grant>): Promise<void> {
    try {
      await deps.run(lease);
    } catch (error) {
      deps.logger.error({ leaseId: lease.leaseId, error: stackOf(error) }, "the work of a lease broke");
    }
    entries.delete(lease.leaseId);
    startWaiting();
    deps.onFree(lease);
  }

  return {
    take(grants, adopted) {
      for (const grant of grants)
        if (!entries.has(grant.leaseId))
          entries.set(grant.leaseId, { ...holdLease(grant, adopted), done: null });
      startWaiting();
    },
    stop(leaseIds, reason) {
      for (const leaseId of leaseIds) entries.get(leaseId)?.stop(reason);
    },
    obey(orders) {
      for (const { leaseId, order } of orders) entries.get(leaseId)?.stop(reasonOf[order]);
    },
    knows: (leaseId) => entries.has(leaseId),
    leases: () => [...entries.keys()],
    slotsFree: () => Math.max(0, deps.slots - entries.size),
    async settled() {
      await Promise.all([...entries.values()].map((entry) => entry.done));
    },
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
