import type { Page } from "@seatrial/contracts/http/page.ts";
import type { RunState } from "@seatrial/contracts/runs/lifecycle.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import { and, desc, eq, lt, or, sql } from "drizzle-orm";
import { z } from "zod";
import type { HubDeps } from "../app/hub-deps.ts";
import type { ProjectRow } from "../auth/caller.ts";
import { runs } from "../database/schema/runs.ts";
import { decodeCursor, pageOf, storedMoment } from "../http/cursor.ts";
import { runViews } from "./run-views.ts";

export type RunQuery = {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly state?: RunState | undefined;
  /** The start of an id, for people who type it. */
  readonly idPrefix?: string | undefined;
};
const cursorSchema = z.tuple([storedMoment, z.string()]);

/** The project's runs, newest first. Indexes: `runs_project_created`, and `runs_id_start` for the start of an id. */
export async function listRuns(deps: HubDeps, project: ProjectRow, query: RunQuery): Promise<Page<Run>> {
  const { state, idPrefix } = query;
  const rows = await deps.database
    .select()
    .from(runs)
    .where(
      and(
        eq(runs.projectId, project.id),
        state === undefined ? undefined : eq(runs.state, state),
        idPrefix === undefined ? undefined : sql`starts_with(${runs.id}, ${idPrefix})`,
        before(query.cursor),
      ),
    )
    .orderBy(desc(runs.createdAt), desc(runs.id))
    .limit(query.limit + 1);
  const page = pageOf(rows, query.limit, (row) => [row.createdAt, row.id]);
  return { ...page, items: await runViews(deps.database, project.name, page.items) };
}

function before(cursor: string | undefined) {
  if (cursor === undefined) return undefined;
  const [at, id] = decodeCursor(cursor, cursorSchema);
  return or(lt(runs.createdAt, at), and(eq(runs.createdAt, at), lt(runs.id, id)));
}
