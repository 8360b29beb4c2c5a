import type { Actor } from "@seatrial/contracts/actor.ts";
import { SeatrialError, statusOf } from "@seatrial/contracts/errors.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import { isTimeOf } from "@seatrial/contracts/schedules/next-times.ts";
import { and, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { ProjectRow } from "../auth/caller.ts";
import type { Transaction } from "../database/database.ts";
import { projects } from "../database/schema/projects.ts";
import { runs } from "../database/schema/runs.ts";
import { scheduleFirings } from "../database/schema/schedules.ts";
import { transact, type Wake } from "../database/transact.ts";
import { insertRun } from "../runs/insert-run.ts";
import { prepareRun } from "../runs/prepare-run.ts";
import { lockSchedule } from "./find-schedule.ts";
import { type NewFiring, writeFiring } from "./firings.ts";
import { noteSchedule } from "./note-schedule.ts";
import { overlapOf } from "./overlap.ts";
import { type FiringRow, type ScheduleRow, scheduleActor } from "./schedule-row.ts";

type Firing = { scheduledFor: Date; triggeredBy: Actor | null; at: Date };

/** Clocks differ: a time may come this much early. */
const earliestMs = 60_000;

/**
 * A schedule's time has come, or somebody asks for a run now (`triggeredBy`). Writes what came of it, with the run in
 * the same transaction; a repeat answers with what was written, so there is at most one run for each time. Throws
 * `not_found` for a deleted schedule and `invalid_request` for a time that has not come.
 */
export async function fireSchedule(
  deps: HubDeps,
  scheduleId: string,
  scheduledFor: Date,
  triggeredBy: Actor | null = null,
): Promise<FiringRow> {
  const at = deps.clock.now();
  if (scheduledFor.getTime() > at.getTime() + earliestMs)
    throw new SeatrialError(
      "invalid_request",
      `/scheduledFor: ${scheduledFor.toISOString()} has not come yet`,
    );
  const firing = { scheduledFor, triggeredBy, at };
  try {
    return await transact(deps, (tx, wake) => fireOnce(deps, tx, wake, scheduleId, firing));
  } catch (error) {
    // What the run needs is gone, or the project has too much of something: waiting helps nobody.
    if (!(error instanceof SeatrialError) || statusOf(error.code) >= 500) throw error;
    const { message } = error;
    return transact(deps, async (tx) => {
      const schedule = await openSchedule(tx, scheduleId);
      const known = await findFiring(tx, scheduleId, scheduledFor);
      if (known !== undefined && known.outcome !== "queued") return known;
      return writeFiring(tx, schedule, { ...firing, outcome: "refused", runId: null, reason: message });
    });
  }
}

async function fireOnce(
  deps: HubDeps,
  tx: Transaction,
  wake: Wake,
  scheduleId: string,
  firing: Firing,
): Promise<FiringRow> {
  const schedule = await openSchedule(tx, scheduleId);
  const known = await findFiring(tx, scheduleId, firing.scheduledFor);
  if (known !== undefined && known.outcome !== "queued") return known;
  const write = (came: Pick<NewFiring, "outcome" | "runId" | "reason">) =>
    writeFiring(tx, schedule, { ...firing, triggeredBy: known?.triggeredBy ?? firing.triggeredBy, ...came });
  const reason = known === undefined ? notNow(schedule, firing) : null;
  if (reason !== null) return write({ ...reason, runId: null });
  const by = { actor: firing.triggeredBy ?? scheduleActor(schedule), at: firing.at };
  const held = await overlapOf(tx, wake, schedule, firing.scheduledFor, by);
  if (held !== null) {
    // Its workflow waits for the run that holds it up.
    if (held.outcome === "queued" && known === undefined) await noteSchedule(tx, wake, schedule, firing.at);
    return write({ ...held, runId: null });
  }
  const runId = await startRun(deps, tx, wake, schedule, by);
  return write({ outcome: "started", runId, reason: null });
}

async function openSchedule(tx: Transaction, scheduleId: string): Promise<ScheduleRow> {
  const schedule = await lockSchedule(tx, scheduleId);
  if (schedule.deletedAt === null) return schedule;
  throw new SeatrialError("not_found", `Schedule ${scheduleId} is deleted.`);
}

async function findFiring(tx: Transaction, scheduleId: string, at: Date): Promise<FiringRow | undefined> {
  const [row] = await tx
    .select()
    .from(scheduleFirings)
    .where(and(eq(scheduleFirings.scheduleId, scheduleId), eq(scheduleFirings.scheduledFor, at)));
  return row;
}

/** Why a time starts nothing, whatever else runs. What somebody asks for by hand is always in time. */
function notNow(
  schedule: ScheduleRow,
  { scheduledFor, triggeredBy, at }: Firing,
): Pick<FiringRow, "outcome" | "reason"> | null {
  if (triggeredBy !== null) return null;
  const time = scheduledFor.getTime();
  if (schedule.paused) return { outcome: "skipped", reason: "the schedule is paused" };
  if (!isTimeOf(schedule, time))
    return { outcome: "skipped", reason: "the schedule was changed: this is no time of it any more" };
  // All times up to then that were in force have a record: of this one it was asked that nothing comes of it.
  if (time <= schedule.accountedUntil.getTime())
    return { outcome: "skipped", reason: "the schedule was paused, or had other times, at that time" };
  const lateSeconds = Math.floor((at.getTime() - time) / 1_000);
  if (lateSeconds > schedule.catchUpSeconds)
    return { outcome: "missed", reason: lateReason(schedule, lateSeconds) };
  return null;
}

export function lateReason({ catchUpSeconds }: ScheduleRow, lateSeconds: number): string {
  return `${lateSeconds} s late: only what is at most ${catchUpSeconds} s late is made up for`;
}

async function startRun(
  deps: HubDeps,
  tx: Transaction,
  wake: Wake,
  schedule: ScheduleRow,
  by: { actor: Actor; at: Date },
): Promise<string> {
  const project = await projectOf(tx, schedule.projectId);
  const run = { ...(await prepareRun(tx, project, schedule.run)), id: newId("run") };
  await insertRun(deps, tx, wake, project, run, by);
  await tx.update(runs).set({ scheduleId: schedule.id }).where(eq(runs.id, run.id));
  return run.id;
}

async function projectOf(tx: Transaction, id: string): Promise<ProjectRow> {
  const [project] = await tx
    .select({ id: projects.id, name: projects.name })
    .from(projects)
    .where(eq(projects.id, id));
  if (project === undefined) throw new Error(`There is no project ${id}.`);
  return project;
}
