import { timesAfter } from "@seatrial/contracts/schedules/next-times.ts";
import type { Schedule, ScheduleFiring } from "@seatrial/contracts/schedules/schedule.ts";
import { desc, eq } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { scheduleFirings } from "../database/schema/schedules.ts";
import type { FiringRow, ScheduleRow } from "./schedule-row.ts";

const shownTimes = 5;
const shownFirings = 10;

/** Schedules of one project as the API shows them. */
export async function scheduleViews(
  queryable: Queryable,
  projectName: string,
  rows: readonly ScheduleRow[],
  now: Date,
): Promise<Schedule[]> {
  const views: Schedule[] = [];
  for (const row of rows) views.push(viewOf(row, projectName, now, await newestFirings(queryable, row.id)));
  return views;
}

async function newestFirings(queryable: Queryable, scheduleId: string): Promise<FiringRow[]> {
  return queryable
    .select()
    .from(scheduleFirings)
    .where(eq(scheduleFirings.scheduleId, scheduleId))
    .orderBy(desc(scheduleFirings.scheduledFor))
    .limit(shownFirings);
}

function viewOf(row: ScheduleRow, project: string, now: Date, firings: readonly FiringRow[]): Schedule {
  const { id, name, cron, timezone, overlap, catchUpSeconds, paused, pauseReason, problem, run } = row;
  const { environment } = run;
  const next = paused ? [] : timesAfter({ cron, timezone }, now.getTime(), shownTimes);
  return {
    ...{ id, project, name, cron, timezone, overlap, catchUpSeconds, paused, pauseReason, problem },
    applied: row.appliedGeneration === row.generation,
    suites: run.suites.map((suite) => suite.name),
    environment: environment === null ? null : "id" in environment ? environment.id : environment.name,
    nextTimes: next.map((time) => new Date(time).toISOString()),
    firings: firings.map(firingView),
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

export function firingView({ outcome, runId, reason, triggeredBy, ...row }: FiringRow): ScheduleFiring {
  return {
    scheduledFor: row.scheduledFor.toISOString(),
    firedAt: row.firedAt.toISOString(),
    ...{ outcome, triggeredBy, runId, reason },
  };
}
