import { isDeepStrictEqual } from "node:util";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { timetableProblems } from "@seatrial/contracts/schedules/next-times.ts";
import type { PutSchedule, Schedule } from "@seatrial/contracts/schedules/schedule.ts";
import { and, eq, isNull } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import type { Transaction } from "../database/database.ts";
import { schedules } from "../database/schema/schedules.ts";
import { transact } from "../database/transact.ts";
import { refuseGone } from "../environments/change-environment.ts";
import { findEnvironment } from "../environments/find-environment.ts";
import { templateContentId } from "../environments/insert-environment.ts";
import { prepareRun } from "../runs/prepare-run.ts";
import { lockNamedSchedule, readSchedule } from "./find-schedule.ts";
import { noteSchedule } from "./note-schedule.ts";
import type { ScheduleRow } from "./schedule-row.ts";

/**
 * Makes a schedule or changes it; the same again changes nothing. What its run needs is checked now, so that nobody
 * learns of it at night. Throws `invalid_request` for a timetable that cannot be kept, `quota_exceeded`, and as
 * `createRun`.
 */
export async function putSchedule(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  name: string,
  input: PutSchedule,
): Promise<{ created: boolean; schedule: Schedule }> {
  const at = deps.clock.now();
  checkTimetable(input, at);
  const created = await transact(deps, async (tx, wake) => {
    const known = await lockNamedSchedule(tx, project, name);
    if (known !== undefined && isSame(known, input)) return false;
    await checkRun(tx, project, input);
    const row = known === undefined ? await insert(tx, caller, project, name, input, at) : known;
    if (known !== undefined) await change(tx, known, input, at);
    const data = { name, cron: input.cron, timezone: input.timezone, overlap: input.overlap };
    const action = known === undefined ? "schedule.create" : "schedule.update";
    await writeAudit(tx, { projectId: project.id, at, actor: caller.actor, action, subject: row.id, data });
    await noteSchedule(tx, wake, row, at);
    return known === undefined;
  });
  return { created, schedule: await readSchedule(deps, project, name) };
}

function checkTimetable(input: PutSchedule, at: Date): void {
  const fields = timetableProblems(input, at.getTime()).map(({ field, problem }) => {
    return { path: `/${field}`, message: `"${input[field]}" ${problem}` };
  });
  if (fields[0])
    throw new SeatrialError("invalid_request", `${fields[0].path}: ${fields[0].message}`, { fields });
}

/** All that the start of its run would be refused for, as things are now. */
async function checkRun(tx: Transaction, project: ProjectRow, { run }: PutSchedule): Promise<void> {
  await prepareRun(tx, project, run);
  const { environment } = run;
  if (environment === null) return;
  if ("template" in environment) await templateContentId(tx, project, environment.contentSha256);
  else refuseGone(await findEnvironment(tx, project, environment.id));
}

function isSame(row: ScheduleRow, { cron, timezone, overlap, catchUpSeconds, run }: PutSchedule): boolean {
  const known = {
    cron: row.cron,
    timezone: row.timezone,
    overlap: row.overlap,
    catchUpSeconds: row.catchUpSeconds,
    run: row.run,
  };
  return isDeepStrictEqual(known, { cron, timezone, overlap, catchUpSeconds, run });
}

async function insert(
  tx: Transaction,
  { actor }: Caller,
  project: ProjectRow,
  name: string,
  input: PutSchedule,
  at: Date,
): Promise<Pick<ScheduleRow, "id" | "projectId">> {
  const open = and(eq(schedules.projectId, project.id), isNull(schedules.deletedAt));
  if ((await tx.$count(schedules, open)) >= limits.schedulesPerProject)
    throw new SeatrialError(
      "quota_exceeded",
      `Project "${project.name}" has ${limits.schedulesPerProject} schedules, the most it may have: delete some (seatrial schedules list).`,
    );
  const times = { accountedUntil: at, lookAt: at, createdAt: at, updatedAt: at };
  const row = { id: newId("schedule"), projectId: project.id, name, ...input, generation: 1, ...times };
  const written = await tx
    .insert(schedules)
    .values({ ...row, createdBy: actor })
    .onConflictDoNothing()
    .returning();
  if (written.length > 0) return row;
  throw new SeatrialError("conflict", `Schedule "${name}" is being made by somebody else: try again.`);
}

async function change(tx: Transaction, row: ScheduleRow, input: PutSchedule, at: Date): Promise<void> {
  const { id, generation } = row;
  const isOtherTimetable = row.cron !== input.cron || row.timezone !== input.timezone;
  // Times before a new timetable were times of the old one.
  const times = isOtherTimetable ? { accountedUntil: at, lookAt: at } : {};
  await tx
    .update(schedules)
    .set({ ...input, ...times, generation: generation + 1, problem: null, updatedAt: at })
    .where(eq(schedules.id, id));
}
