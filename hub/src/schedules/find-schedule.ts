import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { Schedule } from "@seatrial/contracts/schedules/schedule.ts";
import { and, eq, isNull } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { ProjectRow } from "../auth/caller.ts";
import type { Queryable, Transaction } from "../database/database.ts";
import { schedules } from "../database/schema/schedules.ts";
import type { ScheduleRow } from "./schedule-row.ts";
import { scheduleViews } from "./schedule-views.ts";

const named = (project: ProjectRow, name: string) =>
  and(eq(schedules.projectId, project.id), eq(schedules.name, name), isNull(schedules.deletedAt));

/** The project's schedule of this name, locked for the transaction; undefined when there is none. */
export async function lockNamedSchedule(
  tx: Transaction,
  project: ProjectRow,
  name: string,
): Promise<ScheduleRow | undefined> {
  const [row] = await tx.select().from(schedules).where(named(project, name)).for("update");
  return row;
}

/**
 * A schedule, locked; also a deleted one. Throws `not_found`. A schedule's row is locked before any `runs` row; see
 * `environments/lock-environment.ts` for the rest of the order.
 */
export async function lockSchedule(tx: Transaction, id: string): Promise<ScheduleRow> {
  const [row] = await tx.select().from(schedules).where(eq(schedules.id, id)).for("update");
  if (row === undefined) throw new SeatrialError("not_found", `There is no schedule "${id.slice(0, 40)}".`);
  return row;
}

/** A schedule by its id, also a deleted one. Throws `not_found`. */
export async function findSchedule(queryable: Queryable, id: string): Promise<ScheduleRow> {
  const [row] = await queryable.select().from(schedules).where(eq(schedules.id, id));
  if (row === undefined) throw new SeatrialError("not_found", `There is no schedule "${id.slice(0, 40)}".`);
  return row;
}

/** The project's schedule of this name as the API shows it. Throws `not_found`, also for a deleted one. */
export async function readSchedule(
  deps: Pick<HubDeps, "database" | "clock">,
  project: ProjectRow,
  name: string,
): Promise<Schedule> {
  const rows = await deps.database.select().from(schedules).where(named(project, name));
  const [view] = await scheduleViews(deps.database, project.name, rows, deps.clock.now());
  if (view === undefined) throw noSchedule(project, name);
  return view;
}

export function noSchedule(project: ProjectRow, name: string): SeatrialError {
  return new SeatrialError("not_found", `Project "${project.name}" has no schedule "${name}".`);
}
