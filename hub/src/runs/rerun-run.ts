import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import { runIsOver } from "@seatrial/contracts/runs/lifecycle.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import { rerunAttempt } from "../commits/rerun-attempt.ts";
import type { Transaction } from "../database/database.ts";
import { transact, type Wake } from "../database/transact.ts";
import { chooseAgain } from "./bring-environment.ts";
import { findRun, type RunRow, readRun } from "./find-run.ts";
import { insertRun, type NewRun } from "./insert-run.ts";
import { suitesAgain } from "./suites-again.ts";

type By = Parameters<typeof insertRun>[5];

/**
 * Starts a run with the content and suites of another one. `failed`: only its suites that were not green, and of a
 * suite that only had red cases just those, where the tool can select cases. Copies in places stay in their places. Of
 * what a pull request's newest commit was last tested by, it is the next attempt, and the commit's verdict follows it.
 * Throws `conflict` when the run is not over or when nothing failed, and as `bringEnvironment` and `rerunAttempt`.
 */
export async function rerunRun(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  runId: string,
  { failed }: { failed: boolean },
): Promise<Run> {
  const original = await findRun(deps.database, project, runId);
  const isOver = runIsOver(original.state);
  if (failed && !isOver)
    throw new SeatrialError(
      "conflict",
      `Run ${runId} is ${original.state}: wait for its end, or rerun all of it.`,
    );
  const id = newId("run");
  const suites = await suitesAgain(deps, project, runId, id, failed);
  if (suites.length === 0)
    throw new SeatrialError("conflict", `Nothing failed in run ${runId}: rerun all of it.`);
  const run = { ...againOf(original), id, suites };
  const by = { actor: caller.actor, at: deps.clock.now() };
  await transact(deps, async (tx, wake) => {
    // One that goes on still has its own word to say on the commit: nothing takes its place.
    const isAttempt = isOver && (await rerunAttempt(deps, tx, wake, project, run, { ...by, failed }));
    if (!isAttempt) await rerunAlone(deps, tx, wake, project, original, run, by);
  });
  return readRun(deps, project, id);
}

function againOf(original: RunRow): Omit<NewRun, "id" | "suites"> {
  const { projectId, contentId, contentSha256, change, priority, pullRequestId, images } = original;
  return {
    ...{ projectId, contentId, contentSha256, change, priority, pullRequestId, images },
    ...{ idempotencyKey: null, rerunOf: original.id, environment: null },
  };
}

/** No commit's verdict follows it. */
async function rerunAlone(
  deps: HubDeps,
  tx: Transaction,
  wake: Wake,
  project: ProjectRow,
  original: RunRow,
  run: NewRun,
  by: By,
): Promise<void> {
  try {
    const environment = await chooseAgain(tx, project, original);
    await insertRun(deps, tx, wake, project, { ...run, environment }, by);
  } catch (error) {
    const isGone = error instanceof SeatrialError && error.code === "environment_gone";
    if (!isGone || original.pullRequestId === null) throw error;
    throw new SeatrialError(
      error.code,
      `The environment of run ${original.id} is gone, and only the last runs of an open pull request's newest commit have it brought again: comment '/seatrial rerun' there, or 'seatrial pull-request rerun'.`,
    );
  }
}
