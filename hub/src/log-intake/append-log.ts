import type { LogPosition } from "@seatrial/contracts/agent-protocol/report.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { and, eq } from "drizzle-orm";
import type { Queryable, Transaction } from "../database/database.ts";
import { attempts, logChunks } from "../database/schema/runs.ts";
import { transact } from "../database/transact.ts";
import type { WorkItem } from "../leases/attempt-context.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import { findLease, type Holder, isLive, leaseStale, lockLease, noteReceived } from "../leases/open-lease.ts";
import { logChannel } from "../notifications/channels.ts";
import { cutEnd, cutStart, logBytes, safeLogText, splitChunks } from "./log-text.ts";

export type LogPiece = { offset: number; text: string; gap: string | null; stamp: string | null };

/**
 * Adds console output to an attempt. Offsets are the hub's: what it has already is dropped, output that would leave a
 * hole is `log_gap` with the fact `nextOffset`. Beyond `limits.attemptLogBytes` one gap record says that the rest is
 * dropped, and the answer is `full`. Errors: as `lockLease`.
 */
export async function appendLog(
  deps: LeaseDeps,
  holder: Holder,
  leaseId: string,
  piece: LogPiece,
): Promise<LogPosition> {
  return transact(deps, async (tx, wake) => {
    const item = await lockLease(tx, leaseId, holder);
    await noteReceived(tx, item, deps.clock.now());
    const { nextOffset, full } = await positionOf(tx, item);
    if (piece.offset > nextOffset) throw holeIn(nextOffset);
    const text = safeLogText(piece.text);
    const added = cutStart(text, nextOffset - piece.offset);
    // Also a gap record, which has no text: one for an earlier place was told before.
    const isRepeat = piece.offset < nextOffset && added === "";
    if (full || isRepeat) return positionOf(tx, item);
    await writeChunks(tx, item, nextOffset, added, piece.gap);
    if (piece.stamp !== null)
      await tx.update(attempts).set({ logStamp: piece.stamp }).where(eq(attempts.id, item.attemptId));
    wake(logChannel(item.runId));
    return positionOf(tx, item);
  });
}

/** Where the output of a live lease goes on. Errors: as `findLease`, `lease_stale`. */
export async function readLogPosition(
  deps: LeaseDeps,
  memberId: string,
  leaseId: string,
): Promise<LogPosition> {
  const item = await findLease(deps.database, leaseId, memberId);
  if (!isLive(item)) throw leaseStale(leaseId);
  return positionOf(deps.database, item);
}

async function positionOf(queryable: Queryable, item: WorkItem): Promise<LogPosition> {
  const [found] = await queryable
    .select({ bytes: attempts.logBytes, stamp: attempts.logStamp })
    .from(attempts)
    .where(eq(attempts.id, item.attemptId));
  const bytes = found?.bytes ?? 0;
  return { nextOffset: bytes, stamp: found?.stamp ?? null, full: isFull(bytes) };
}

/** A last character of up to 4 bytes may not have fitted. */
const isFull = (bytes: number) => bytes > limits.attemptLogBytes - 4;

async function writeChunks(
  tx: Transaction,
  item: WorkItem,
  start: number,
  text: string,
  gap: string | null,
): Promise<void> {
  const room = limits.attemptLogBytes - start;
  const isCut = logBytes(text) > room;
  const kept = isCut ? cutEnd(text, room) : text;
  const owner = { attemptId: item.attemptId, runId: item.runId, projectId: item.projectId };
  if (gap !== null && !(await hasGap(tx, item, start, gap)))
    await tx.insert(logChunks).values({ ...owner, offset: start, bytes: 0, text: "", gap: safeLogText(gap) });
  let offset = start;
  for (const chunk of splitChunks(kept, limits.logChunkBytes)) {
    await tx.insert(logChunks).values({ ...owner, offset, bytes: logBytes(chunk), text: chunk });
    offset += logBytes(chunk);
  }
  if (isCut || isFull(offset))
    await tx.insert(logChunks).values({ ...owner, offset, bytes: 0, text: "", gap: limitReached });
  // A cut may leave up to 3 bytes of room: they are given away, so that `full` says so from now on.
  await tx
    .update(attempts)
    .set({ logBytes: isCut ? Math.max(offset, limits.attemptLogBytes - 3) : offset })
    .where(eq(attempts.id, item.attemptId));
}

const limitReached = `the limit of ${limits.attemptLogBytes} bytes for one attempt's output is reached: the rest was dropped`;

/** A gap that was told before and is told again because its answer was lost. */
async function hasGap(tx: Transaction, item: WorkItem, offset: number, gap: string): Promise<boolean> {
  const found = await tx
    .select({ offset: logChunks.offset })
    .from(logChunks)
    .where(
      and(
        eq(logChunks.attemptId, item.attemptId),
        eq(logChunks.offset, offset),
        eq(logChunks.gap, safeLogText(gap)),
      ),
    );
  return found.length > 0;
}

function holeIn(nextOffset: number): SeatrialError {
  return new SeatrialError("log_gap", `The output of this attempt goes on at byte ${nextOffset}.`, {
    facts: { nextOffset },
  });
}
