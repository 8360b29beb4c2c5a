import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import { runIsOver } from "@seatrial/contracts/runs/lifecycle.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import { asc, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import { runSuites } from "../database/schema/runs.ts";
import { transact } from "../database/transact.ts";
import { chooseAgain } from "./bring-environment.ts";
import { chooseFailed } from "./choose-failed.ts";
import type { RunSuiteCopy } from "./copy-to-places.ts";
import { findRun, readRun } from "./find-run.ts";
import { insertRun, type NewRun } from "./insert-run.ts";

/**
 * Starts a run with the content and suites of another one. `failed`: only its suites that were not green, and of a
 * suite that only had red cases just those, where the tool can select cases. Copies in places stay in their places. Throws `conflict` when the run is not
 * over or when nothing failed, and as `bringEnvironment`.
 */
export async function rerunRun(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  runId: string,
  options: { failed: boolean },
): Promise<Run> {
  const original = await findRun(deps.database, project, runId);
  if (options.failed && !runIsOver(original.state))
    throw new SeatrialError(
      "conflict",
      `Run ${runId} is ${original.state}: wait for its end, or rerun all of it.`,
    );
  const id = newId("run");
  const suites = await suitesAgain(deps, project, runId, id, options.failed);
  if (suites.length === 0)
    throw new SeatrialError("conflict", `Nothing failed in run ${runId}: rerun all of it.`);
  const run: NewRun = {
    id,
    projectId: project.id,
    contentId: original.contentId,
    contentSha256: original.contentSha256,
    change: original.change,
    idempotencyKey: null,
    rerunOf: runId,
    priority: original.priority,
    pullRequestId: original.pullRequestId,
    images: original.images,
    suites,
    environment: await chooseAgain(deps.database, project, original),
  };
  const by = { actor: caller.actor, at: deps.clock.now() };
  await transact(deps, (tx, wake) => insertRun(deps, tx, wake, project, run, by));
  return readRun(deps, project, id);
}

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
