import { asc, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { ProjectRow } from "../auth/caller.ts";
import { runSuites } from "../database/schema/runs.ts";
import { chooseFailed } from "./choose-failed.ts";
import type { RunSuiteCopy } from "./copy-to-places.ts";
import type { NewRun } from "./insert-run.ts";

/** The suites of a run as its rerun has them; `failed`: only what was not green, so there may be none. */
export async function suitesAgain(
  deps: HubDeps,
  project: ProjectRow,
  runId: string,
  newRunId: string,
  failed: boolean,
): Promise<NewRun["suites"]> {
  const rows = await deps.database
    .select()
    .from(runSuites)
    .where(eq(runSuites.runId, runId))
    .orderBy(asc(runSuites.position));
  // A rerun of a rerun of some cases is about the same cases.
  if (!failed) return rows.map((row) => ({ ...copyOf(row), onlyCasesBlobKey: row.onlyCasesBlobKey }));
  const suites = [];
  for (const row of rows) {
    const chosen = await chooseFailed(deps, project, row, newRunId);
    if (chosen !== null) suites.push({ ...copyOf(row), ...chosen });
  }
  return suites;
}

/** The same places again, whatever clusters there are now: a place that is gone is an outcome. */
function copyOf(row: typeof runSuites.$inferSelect): RunSuiteCopy & { optional: boolean } {
  const { spec, name, origin, place, optional } = row;
  return { spec, name, origin, place: place ?? null, optional };
}
