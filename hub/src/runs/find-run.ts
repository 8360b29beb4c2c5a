import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import { and, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { ProjectRow } from "../auth/caller.ts";
import type { Queryable } from "../database/database.ts";
import { runs } from "../database/schema/runs.ts";
import { runViews } from "./run-views.ts";

export type RunRow = typeof runs.$inferSelect;

/** A run of this project. Throws `not_found`, also for another project's run. */
export async function findRun(queryable: Queryable, project: ProjectRow, runId: string): Promise<RunRow> {
  const [row] = await queryable
    .select()
    .from(runs)
    .where(and(eq(runs.id, runId), eq(runs.projectId, project.id)));
  if (row === undefined) throw noRun(project, runId);
  return row;
}

/** The same as the API shows it. */
export async function readRun(deps: HubDeps, project: ProjectRow, runId: string): Promise<Run> {
  const row = await findRun(deps.database, project, runId);
  const [view] = await runViews(deps.database, project.name, [row]);
  if (view === undefined) throw noRun(project, runId);
  return view;
}

function noRun(project: ProjectRow, runId: string): SeatrialError {
  return new SeatrialError("not_found", `Project "${project.name}" has no run "${runId}".`);
}
