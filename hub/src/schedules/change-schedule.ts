import type { Schedule } from "@seatrial/contracts/schedules/schedule.ts";
import { and, eq, isNull, type SQL } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import type { Transaction } from "../database/database.ts";
import { scheduleFirings, schedules } from "../database/schema/schedules.ts";
import { transact } from "../database/transact.ts";
import { lockNamedSchedule, noSchedule, readSchedule } from "./find-schedule.ts";
import { noteSchedule } from "./note-schedule.ts";
import type { ScheduleRow } from "./schedule-row.ts";

/**
 * Lets its times pass unused until it is resumed, also one that is queued; what somebody triggered goes on waiting. A
 * paused one takes the new reason. Throws `not_found`.
 */
export async function pauseSchedule(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  name: string,
  reason: string,
): Promise<Schedule> {
  await changeSchedule(deps, caller, project, name, "schedule.pause", (row) => {
    const pauseReason = reason === "" ? null : reason;
    return row.paused && row.pauseReason === pauseReason ? null : { paused: true, pauseReason };
  });
  return readSchedule(deps, project, name);
}

/** Its next time counts again; times during the pause do not. One that is not paused stays as it is. */
export async function resumeSchedule(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  name: string,
): Promise<Schedule> {
  await changeSchedule(deps, caller, project, name, "schedule.resume", (row, at) =>
    row.paused ? { paused: false, pauseReason: null, accountedUntil: at, lookAt: at } : null,
  );
  return readSchedule(deps, project, name);
}

/** Ends it for good. Its runs go on; a queued time starts none any more. Throws `not_found`. */
export async function deleteSchedule(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  name: string,
): Promise<void> {
  await changeSchedule(deps, caller, project, name, "schedule.delete", (_row, at) => ({ deletedAt: at }));
}

async function changeSchedule(
  deps: HubDeps,
  { actor }: Caller,
  project: ProjectRow,
  name: string,
  action: string,
  decide: (row: ScheduleRow, at: Date) => Partial<typeof schedules.$inferInsert> | null,
): Promise<void> {
  const at = deps.clock.now();
  await transact(deps, async (tx, wake) => {
    const row = await lockNamedSchedule(tx, project, name);
    if (row === undefined) throw noSchedule(project, name);
    const fields = decide(row, at);
    if (fields === null) return;
    const { id, generation } = row;
    await tx
      .update(schedules)
      .set({ ...fields, generation: generation + 1, updatedAt: at })
      .where(eq(schedules.id, id));
    if (fields.deletedAt !== undefined) await skipQueued(tx, id, "deleted");
    else if (fields.paused === true) await skipQueued(tx, id, "paused", isNull(scheduleFirings.triggeredBy));
    const data = { name, ...(fields.pauseReason ? { reason: fields.pauseReason } : {}) };
    await writeAudit(tx, { projectId: project.id, at, actor, action, subject: id, data });
    await noteSchedule(tx, wake, row, at);
  });
}

async function skipQueued(tx: Transaction, id: string, what: string, which?: SQL): Promise<void> {
  await tx
    .update(scheduleFirings)
    .set({ outcome: "skipped", reason: `the schedule was ${what} while it waited` })
    .where(and(eq(scheduleFirings.scheduleId, id), eq(scheduleFirings.outcome, "queued"), which));
}
