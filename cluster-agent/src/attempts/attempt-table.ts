import type { LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import { type Attempt, createAttempt, type StopReason } from "./attempt.ts";

export type AttemptTableDeps = {
  slots: number;
  /** Runs one attempt to its end; a rejection is a bug and is logged. */
  run: (attempt: Attempt) => Promise<void>;
  logger: Logger;
  /** A slot became free. */
  onFree: () => void;
};

export type AttemptTable = {
  /** Takes leases over that are not known yet; those over the slots wait in order. */
  take: (grants: LeaseGrant[], adopted: boolean) => void;
  /** Stops what is known of these leases; others are no business of ours. */
  stop: (leaseIds: string[], reason: StopReason) => void;
  knows: (leaseId: string) => boolean;
  /** Every lease in hand, waiting ones too. */
  leases: () => string[];
  slotsFree: () => number;
  /** Resolves when all attempts that run now are over. */
  settled: () => Promise<void>;
};

type Entry = { attempt: Attempt; stop: (reason: StopReason) => void; done: Promise<void> | null };

/** The attempts in hand: each lease once (dedupe), at most `slots` at a time (limit). */
export function createAttemptTable(deps: AttemptTableDeps): AttemptTable {
  const entries = new Map<string, Entry>();
  const runningCount = () => [...entries.values()].filter((entry) => entry.done !== null).length;

  function startWaiting(): void {
    for (const entry of entries.values()) {
      if (entry.done !== null) continue;
      if (runningCount() >= deps.slots) return;
      entry.done = run(entry.attempt);
    }
  }

  async function run(attempt: Attempt): Promise<void> {
    try {
      await deps.run(attempt);
    } catch (error) {
      deps.logger.error({ leaseId: attempt.leaseId, error: stackOf(error) }, "an attempt broke in the agent");
    }
    entries.delete(attempt.leaseId);
    startWaiting();
    deps.onFree();
  }

  return {
    take(grants, adopted) {
      for (const grant of grants)
        if (!entries.has(grant.leaseId))
          entries.set(grant.leaseId, { ...createAttempt(grant, adopted), done: null });
      startWaiting();
    },
    stop(leaseIds, reason) {
      for (const leaseId of leaseIds) entries.get(leaseId)?.stop(reason);
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
