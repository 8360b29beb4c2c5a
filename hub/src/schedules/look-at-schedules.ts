import { timesAfter } from "@seatrial/contracts/schedules/next-times.ts";
import { and, asc, eq, isNull, lt, lte } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Transaction } from "../database/database.ts";
import { scheduleFirings, schedules } from "../database/schema/schedules.ts";
import { transact, type Wake } from "../database/transact.ts";
import { lockSchedule } from "./find-schedule.ts";
import { lateReason } from "./fire-schedule.ts";
import { writeFiring } from "./firings.ts";
import { noteSchedule } from "./note-schedule.ts";
import { overdueMs, timesPerLook, unaccountedTimes } from "./read-schedule-facts.ts";
import type { ScheduleRow } from "./schedule-row.ts";

const perTick = 50;
/** How often the worker sees whether Temporal still has a schedule. */
const checkMs = 600_000;
const keptMs = 90 * 24 * 3_600_000;

/**
 * Looks after schedules whose time to be looked at has come: times that nobody fired are fired late, or written down as
 * missed; and from time to time the worker compares Temporal's schedule, which may have been lost.
 */
export async function lookAtSchedules(
  deps: Pick<HubDeps, "database" | "notifications" | "clock">,
): Promise<void> {
  const now = deps.clock.now();
  const due = await deps.database
    .select({ id: schedules.id })
    .from(schedules)
    .where(and(isNull(schedules.deletedAt), lte(schedules.lookAt, now)))
    .orderBy(asc(schedules.lookAt))
    .limit(perTick);
  for (const { id } of due) await transact(deps, (tx, wake) => lookAt(tx, wake, id, now));
}

async function lookAt(tx: Transaction, wake: Wake, id: string, now: Date): Promise<void> {
  const row = await lockSchedule(tx, id);
  // Another worker's tick was faster.
  if (row.deletedAt !== null || row.lookAt > now) return;
  const { isOverdue, accountedUntil } = await account(tx, row, now);
  const next = nextLook(row, accountedUntil, now, isOverdue);
  const isCheckDue = Math.floor(next / checkMs) > Math.floor(row.lookAt.getTime() / checkMs);
  if (isOverdue || isCheckDue) await noteSchedule(tx, wake, row, now);
  await tx
    .update(schedules)
    .set({ accountedUntil, lookAt: new Date(next) })
    .where(eq(schedules.id, id));
  const { scheduleId, scheduledFor } = scheduleFirings;
  const old = lt(scheduledFor, new Date(now.getTime() - keptMs));
  await tx.delete(scheduleFirings).where(and(eq(scheduleId, id), old));
}

/** Writes down what is too late; stops before the first time that may still be fired. */
async function account(
  tx: Transaction,
  row: ScheduleRow,
  now: Date,
): Promise<{ isOverdue: boolean; accountedUntil: Date }> {
  const until = now.getTime() - overdueMs;
  for (const time of await unaccountedTimes(tx, row, now)) {
    const lateSeconds = Math.floor((now.getTime() - time) / 1_000);
    if (lateSeconds <= row.catchUpSeconds) return { isOverdue: true, accountedUntil: new Date(time - 1) };
    const came = { outcome: "missed" as const, runId: null, reason: lateReason(row, lateSeconds) };
    await writeFiring(tx, row, { scheduledFor: new Date(time), triggeredBy: null, at: now, ...came });
  }
  const looked = row.paused ? [] : timesAfter(row, row.accountedUntil.getTime(), timesPerLook, until);
  const last = looked.length < timesPerLook ? until : (looked.at(-1) ?? until);
  return { isOverdue: false, accountedUntil: new Date(Math.max(last, row.accountedUntil.getTime())) };
}

function nextLook(row: ScheduleRow, accountedUntil: Date, now: Date, isOverdue: boolean): number {
  const soon = now.getTime() + overdueMs;
  if (isOverdue) return soon;
  const check = now.getTime() + checkMs;
  if (row.paused) return check;
  const [time = Number.POSITIVE_INFINITY] = timesAfter(row, accountedUntil.getTime(), 1, check);
  return Math.min(check, Math.max(time + overdueMs, now.getTime() + 1_000));
}
