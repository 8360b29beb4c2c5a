import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { and, eq } from "drizzle-orm";
import type { ProjectRow } from "../auth/caller.ts";
import type { Queryable } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import type { EnvironmentRow } from "./environment-row.ts";
import { environmentViews } from "./environment-views.ts";

/** An environment of this project. Throws `not_found`, also for another project's. */
export async function findEnvironment(
  queryable: Queryable,
  project: ProjectRow,
  environmentId: string,
): Promise<EnvironmentRow> {
  const [row] = await queryable
    .select()
    .from(environments)
    .where(and(eq(environments.id, environmentId), eq(environments.projectId, project.id)));
  if (row === undefined) throw noEnvironment(project, environmentId);
  return row;
}

/** The same as the API shows it. */
export async function readEnvironment(
  queryable: Queryable,
  project: ProjectRow,
  environmentId: string,
): Promise<Environment> {
  const row = await findEnvironment(queryable, project, environmentId);
  const [view] = await environmentViews(queryable, project.name, [row]);
  if (view === undefined) throw noEnvironment(project, environmentId);
  return view;
}

function noEnvironment(project: ProjectRow, environmentId: string): SeatrialError {
  return new SeatrialError(
    "not_found",
    `Project "${project.name}" has no environment "${environmentId.slice(0, 40)}".`,
  );
}
