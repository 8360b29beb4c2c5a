import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import type { EnvironmentState } from "@seatrial/contracts/environments/lifecycle.ts";
import type { Page } from "@seatrial/contracts/http/page.ts";
import { and, desc, eq, lt, or, sql } from "drizzle-orm";
import { z } from "zod";
import type { ProjectRow } from "../auth/caller.ts";
import type { Queryable } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import { decodeCursor, pageOf, storedMoment } from "../http/cursor.ts";
import { environmentViews } from "./environment-views.ts";

export type EnvironmentQuery = {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly state?: EnvironmentState | undefined;
  /** The key in `seatrial.yaml`. */
  readonly name?: string | undefined;
  /** The start of an id, for people who type it. */
  readonly idPrefix?: string | undefined;
};
const cursorSchema = z.tuple([storedMoment, z.string()]);

/** The project's environments, newest first, removed ones included. Index: `environments_project_created`. */
export async function listEnvironments(
  queryable: Queryable,
  project: ProjectRow,
  query: EnvironmentQuery,
): Promise<Page<Environment>> {
  const { state, name, idPrefix } = query;
  const rows = await queryable
    .select()
    .from(environments)
    .where(
      and(
        eq(environments.projectId, project.id),
        state === undefined ? undefined : eq(environments.state, state),
        name === undefined ? undefined : eq(environments.name, name),
        idPrefix === undefined ? undefined : sql`starts_with(${environments.id}, ${idPrefix})`,
        before(query.cursor),
      ),
    )
    .orderBy(desc(environments.createdAt), desc(environments.id))
    .limit(query.limit + 1);
  const page = pageOf(rows, query.limit, (row) => [row.createdAt, row.id]);
  return { ...page, items: await environmentViews(queryable, project.name, page.items) };
}

function before(cursor: string | undefined) {
  if (cursor === undefined) return undefined;
  const [at, id] = decodeCursor(cursor, cursorSchema);
  return or(lt(environments.createdAt, at), and(eq(environments.createdAt, at), lt(environments.id, id)));
}
