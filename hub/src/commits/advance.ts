import { eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Transaction } from "../database/database.ts";
import { pullRequestCommits, pullRequests } from "../database/schema/pull-requests.ts";
import { runs } from "../database/schema/runs.ts";
import { transact, type Wake } from "../database/transact.ts";
import { lockEnvironment } from "../environments/lock-environment.ts";
import { lockPullRequest } from "../pull-requests/lock-pull-request.ts";
import type { CommitRow, PullRequestRow } from "../pull-requests/pull-request-row.ts";
import { requestCancel } from "../runs/cancel-run.ts";
import { awaitImages } from "./await-images.ts";
import { changeActor } from "./change-actor.ts";
import type { Origin } from "./commit-environment.ts";
import { concludeCommit } from "./conclude-commit.ts";
import { whereCommit } from "./find-commit.ts";
import { type Applying, nextStep, rememberApplying, type Step } from "./next-step.ts";
import { readStand, type Stand } from "./read-stand.ts";
import { removeEnvironment } from "./remove-environment.ts";
import { startCommitRun } from "./start-commit-run.ts";
import { endCommit, wantRuns } from "./write-commit.ts";

/** More steps than this in one go are a loop: a commit has at most some dozens of runs. */
const mostSteps = 500;

/**
 * Does all that is to be done for a pull request as it stands: ends what a later commit or its close has overtaken, asks
 * for runs and environments of the head commit, draws its verdict. Under the pull request's lock, so that two at once do
 * nothing twice, and in transactions that each leave a stand from which the next goes on, so that one that is cut off
 * takes nothing with it that is not done again. Throws `not_found`.
 *
 * Nothing counts what happened to runs and environments. Their transactions hold the run's or the environment's lock
 * when something ends, and a counter in this row would have them wait for an `advance` that wants just that lock. So
 * they only have the workflow look (`announcePullRequest`), and what is due follows from what stands (`next-step.ts`).
 */
export async function advance(deps: HubDeps, pullRequestId: string): Promise<{ changed: boolean }> {
  const applying = rememberApplying();
  for (let steps = 0; steps < mostSteps; ) {
    const done = await transact(deps, (tx, wake) => goOn(deps, tx, wake, pullRequestId, applying));
    steps += done.steps;
    if (done.isAll) return { changed: steps > 0 };
  }
  throw new Error(`pull request ${pullRequestId} is never done`);
}

/**
 * All steps up to the next start of a run, or that start alone: it writes the project's suites at its end, and whoever
 * waits for those must not be waited for by a transaction that goes on to lock something else; and a start that cannot
 * be done must not undo the ends that were done before it.
 */
async function goOn(
  deps: HubDeps,
  tx: Transaction,
  wake: Wake,
  pullRequestId: string,
  applying: Applying,
): Promise<{ steps: number; isAll: boolean }> {
  const pullRequest = await lockPullRequest(tx, pullRequestId);
  const by = { actor: await changeActor(tx, pullRequest), at: deps.clock.now() };
  for (let steps = 0; steps < mostSteps; steps += 1) {
    const stand = await readStand(tx, pullRequest);
    const step = nextStep(stand, applying);
    if (step === null) {
      await noteAdvanced(tx, pullRequest);
      return { steps, isAll: true };
    }
    const isStart = step.do === "start-run";
    if (isStart && steps > 0) return { steps, isAll: false };
    await perform(deps, tx, wake, stand, step, by);
    if (isStart) return { steps: 1, isAll: false };
  }
  throw new Error(`pull request ${pullRequestId} is never done`);
}

async function noteAdvanced(
  tx: Transaction,
  { id, generation, advancedGeneration }: PullRequestRow,
): Promise<void> {
  if (generation === advancedGeneration) return;
  await tx.update(pullRequests).set({ advancedGeneration: generation }).where(eq(pullRequests.id, id));
}

async function perform(
  deps: HubDeps,
  tx: Transaction,
  wake: Wake,
  stand: Stand,
  step: Step,
  by: Origin,
): Promise<void> {
  const { pullRequest } = stand;
  switch (step.do) {
    case "end-commit":
      return endCommit(tx, { pullRequestId: pullRequest.id, sha: step.sha }, step, by.at);
    case "cancel-run":
      return cancelRun(tx, wake, step, by);
    case "remove-environment":
      return removeEnvironment(tx, wake, await lockEnvironment(tx, step.environmentId), step.reason, by);
    case "add-runs":
      return addRuns(tx, stand, step.names, by);
    case "begin":
      await tx
        .update(pullRequestCommits)
        .set({ state: "running", reason: null })
        .where(whereCommit(headOf(stand)));
      return;
    case "start-run":
      return startCommitRun(deps, tx, wake, { pullRequest, commit: headOf(stand) }, step, by);
    case "conclude":
      return concludeCommit(tx, wake, headOf(stand), stand.headRuns, step.verdict, by);
  }
}

function headOf({ head, pullRequest }: Stand): CommitRow {
  if (head === null) throw new Error(`pull request ${pullRequest.id} has no row of its head commit`);
  return head;
}

/** It may have ended between the look and the lock: then there is nothing to cancel, and the next look says so. */
async function cancelRun(
  tx: Transaction,
  wake: Wake,
  { runId, reason }: { runId: string; reason: string },
  by: Origin,
): Promise<void> {
  const [run] = await tx.select().from(runs).where(eq(runs.id, runId)).for("update");
  if (run === undefined || run.finishedAt !== null || run.cancelRequestedAt !== null) return;
  await requestCancel(tx, wake, run, by, reason);
}

async function addRuns(
  tx: Transaction,
  stand: Stand,
  names: readonly string[],
  { at }: Origin,
): Promise<void> {
  const commit = headOf(stand);
  const { configuration } = commit;
  if (!configuration) return;
  const wanted = new Set([...names, ...stand.headRuns.map(({ name }) => name)]);
  const runs = configuration.runs.filter(({ name }) => wanted.has(name));
  const awaiting = awaitImages(stand.pullRequest, commit, configuration, runs);
  await wantRuns(tx, commit, names, { onlyFailed: false, at });
  if (awaiting.problem !== undefined)
    return endCommit(tx, commit, { state: "errored", reason: awaiting.problem }, at);
  const since = commit.state === "images" ? {} : { imagesSince: at, imagesLookedAt: null };
  await tx
    .update(pullRequestCommits)
    .set({ ...awaiting, ...since, endedAt: null })
    .where(whereCommit(commit));
}
