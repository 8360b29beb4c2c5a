import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { eq } from "drizzle-orm";
import type { Queryable, Transaction } from "../database/database.ts";
import { workItems } from "../database/schema/work.ts";
import { lockRun, type Run, type WorkItem } from "./attempt-context.ts";

/** Who names a lease in a request. */
export type Holder = { memberId: string; instance: string };

/**
 * Locks the run and the work item of a lease that its holder still has. The lease's id is the fence: one that is
 * done, taken back or moved to another instance is `lease_stale`, another member's `lease_not_yours`, and
 * the caller has written nothing yet.
 */
export async function openLease(
  tx: Transaction,
  leaseId: string,
  holder: Holder,
): Promise<{ run: Run; item: WorkItem }> {
  const seen = await findLease(tx, leaseId, holder.memberId);
  const run = await lockRun(tx, seen.runId);
  return { run, item: await lockLease(tx, leaseId, holder) };
}

/** `openLease` without the run's lock, for what writes no event (logs). */
export async function lockLease(tx: Transaction, leaseId: string, holder: Holder): Promise<WorkItem> {
  const [item] = await tx.select().from(workItems).where(eq(workItems.leaseId, leaseId)).for("update");
  if (item === undefined) throw leaseStale(leaseId);
  if (item.memberId !== holder.memberId) throw leaseNotYours(leaseId);
  if (!isLive(item) || item.instance !== holder.instance) throw leaseStale(leaseId);
  return item;
}

/** The work item of a lease of this member, live or done. */
export async function findLease(queryable: Queryable, leaseId: string, memberId: string): Promise<WorkItem> {
  const [item] = await queryable.select().from(workItems).where(eq(workItems.leaseId, leaseId));
  if (item === undefined) throw leaseStale(leaseId);
  if (item.memberId !== memberId) throw leaseNotYours(leaseId);
  return item;
}

/**
 * Notes that the holder has a lease whose acknowledgement never came: what brings output or files was received. Without
 * this the attempt could be handed back and would keep what a former holder wrote.
 */
export async function noteReceived(tx: Transaction, item: WorkItem, at: Date): Promise<void> {
  if (item.acknowledgedAt !== null) return;
  await tx.update(workItems).set({ acknowledgedAt: at }).where(eq(workItems.id, item.id));
}

/**
 * True while the lease may be written to: until the tick takes it back, which is not before it has run out. In between
 * nobody else has its work, and after an absence of the hub its holder must find it as it was.
 */
export function isLive(item: Pick<WorkItem, "state">): boolean {
  return item.state === "leased";
}

export function leaseStale(leaseId: string): SeatrialError {
  return new SeatrialError(
    "lease_stale",
    `Lease "${leaseId.slice(0, 40)}" is over: it was finished, expired, handed back or taken over. Stop its work and report nothing.`,
  );
}

export function leaseNotYours(leaseId: string): SeatrialError {
  return new SeatrialError(
    "lease_not_yours",
    `Lease "${leaseId.slice(0, 40)}" belongs to another member. Stop its work and report nothing.`,
  );
}
