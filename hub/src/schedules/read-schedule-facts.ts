import { timesAfter } from "@seatrial/contracts/schedules/next-times.ts";
import type { ScheduleFacts, ScheduleTimetable } from "@seatrial/contracts/worker-protocol/schedules.ts";
import { and, eq, gt } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { scheduleFirings } from "../database/schema/schedules.ts";
import { findSchedule } from "./find-schedule.ts";
import { openRuns } from "./overlap.ts";
import type { ScheduleRow } from "./schedule-row.ts";

/** How long after its time a firing is late: Temporal is prompt, so something was lost. */
export const overdueMs = 60_000;
/** At most so many times are looked at in one go. */
export const timesPerLook = 200;

/** What a schedule's workflow decides by. Throws `not_found`. */
export async function readScheduleFacts(queryable: Queryable, id: string, now: Date): Promise<ScheduleFacts> {
  const row = await findSchedule(queryable, id);
  const applyDue = row.appliedGeneration !== row.generation && row.problem === null;
  if (row.deletedAt !== null) return { id, deleted: true, applyDue, due: [], waiting: false };
  const queued = await queryable
    .select({ scheduledFor: scheduleFirings.scheduledFor })
    .from(scheduleFirings)
    .where(and(eq(scheduleFirings.scheduleId, id), eq(scheduleFirings.outcome, "queued")));
  const isHeld = queued.length > 0 && (await openRuns(queryable, row)).length > 0;
  const overdue = (await unaccountedTimes(queryable, row, now)).filter(
    (time) => now.getTime() - time <= row.catchUpSeconds * 1_000,
  );
  const free = isHeld ? [] : queued.map(({ scheduledFor }) => scheduledFor.toISOString());
  const due = [...free, ...overdue.slice(0, 20).map((time) => new Date(time).toISOString())];
  return { id, deleted: false, applyDue, due, waiting: isHeld };
}

/** Times that are overdue and of which nothing came, oldest first, at most {@link timesPerLook}. */
export async function unaccountedTimes(queryable: Queryable, row: ScheduleRow, now: Date): Promise<number[]> {
  if (row.paused) return [];
  const until = now.getTime() - overdueMs;
  const times = timesAfter(row, row.accountedUntil.getTime(), timesPerLook, until);
  if (times.length === 0) return times;
  const { scheduleId, scheduledFor } = scheduleFirings;
  const fired = await queryable
    .select({ scheduledFor })
    .from(scheduleFirings)
    .where(and(eq(scheduleId, row.id), gt(scheduledFor, row.accountedUntil)));
  const known = new Set(fired.map((firing) => firing.scheduledFor.getTime()));
  return times.filter((time) => !known.has(time));
}

/** What Temporal's schedule must say. Throws `not_found`. */
export async function readTimetable(queryable: Queryable, id: string): Promise<ScheduleTimetable> {
  const { generation, paused, cron, timezone, catchUpSeconds, deletedAt } = await findSchedule(queryable, id);
  return { id, generation, deleted: deletedAt !== null, paused, cron, timezone, catchUpSeconds };
}
