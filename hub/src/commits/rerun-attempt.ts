import type { ResolvedRun } from "@seatrial/contracts/configuration/resolve-run.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { CommitState } from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { HubDeps } from "../app/hub-deps.ts";
import type { ProjectRow } from "../auth/caller.ts";
import type { Transaction } from "../database/database.ts";
import { pullRequestCommits, pullRequestRuns } from "../database/schema/pull-requests.ts";
import type { Wake } from "../database/transact.ts";
import { findCommit } from "../pull-requests/become-head.ts";
import { lockPullRequest } from "../pull-requests/lock-pull-request.ts";
import { notePullRequest } from "../pull-requests/note-pull-request.ts";
import type { CommitRow, PullRequestRow } from "../pull-requests/pull-request-row.ts";
import { insertRun, type NewRun } from "../runs/insert-run.ts";
import { changeActor } from "./change-actor.ts";
import { bringCommitEnvironment, type Origin } from "./commit-environment.ts";
import { whereCommit } from "./find-commit.ts";
import { isPinned } from "./next-step.ts";
import { refuseUnapproved } from "./read-source-duty.ts";
import { readRunsOf } from "./read-stand.ts";
import { imagesOf } from "./start-commit-run.ts";

/** Where runs have begun. In every other state the commit is about to begin anew, or has none. */
const begun: readonly CommitState[] = ["running", "passed", "failed", "errored", "cancelled"];

type Last = {
  readonly pullRequest: PullRequestRow;
  readonly commit: CommitRow;
  readonly configured: ResolvedRun;
  readonly attempt: number;
};

/**
 * Writes a rerun as the next attempt of its commit, whose verdict follows it from now on, with its environment brought
 * or left alone as for any attempt. Only of the last attempt of an open pull request's newest commit, so that what was
 * red in an attempt is in the next one: of anything else this answers false, and nothing is written. The rerun's
 * original must be over. Locks the pull request, so nothing of a run or an environment may be locked before. Throws
 * `conflict` when the environment was taken down by hand, and as `insertRun` and `bringCommitEnvironment`.
 */
export async function rerunAttempt(
  deps: HubDeps,
  tx: Transaction,
  wake: Wake,
  project: ProjectRow,
  run: NewRun,
  { failed, ...by }: Origin & { failed: boolean },
): Promise<boolean> {
  const last = await lockLast(tx, run);
  if (last === null) return false;
  const { pullRequest, commit, configured, attempt } = last;
  await refuseUnwanted(tx, pullRequest);
  refuseUnapproved(pullRequest, commit);
  const images = imagesOf(last, configured);
  const environment =
    configured.environment === null
      ? null
      : {
          id: await bringCommitEnvironment(deps, tx, wake, project, last, configured.environment, by),
          request: null,
        };
  await insertRun(deps, tx, wake, project, { ...run, images, environment }, by);
  await tx.insert(pullRequestRuns).values({
    ...{ pullRequestId: pullRequest.id, projectId: pullRequest.projectId, sha: commit.sha },
    ...{ name: configured.name, attempt: attempt + 1, runId: run.id, onlyFailed: failed, createdAt: by.at },
  });
  await tx
    .update(pullRequestCommits)
    .set({ state: "running", reason: null, endedAt: null })
    .where(whereCommit(commit));
  await notePullRequest(tx, wake, pullRequest, by.at);
  return true;
}

/** What the rerun comes after, its pull request locked; null: no commit's verdict hangs on it. */
async function lockLast(
  tx: Transaction,
  { pullRequestId, projectId, rerunOf }: NewRun,
): Promise<Last | null> {
  if (pullRequestId === null || rerunOf === null) return null;
  const pullRequest = await lockPullRequest(tx, pullRequestId);
  if (pullRequest.state !== "open" || pullRequest.projectId !== projectId) return null;
  const commit = await findCommit(tx, pullRequest, pullRequest.headSha);
  if (commit === undefined || !begun.includes(commit.state) || !isPinned(commit)) return null;
  const last = (await readRunsOf(tx, commit)).find(({ runId }) => runId === rerunOf);
  const configured = commit.configuration?.runs.find(({ name }) => name === last?.name);
  if (last === undefined || configured === undefined) return null;
  return { pullRequest, commit, configured, attempt: last.attempt };
}

/** Whatever began now would be cancelled at the next look. */
async function refuseUnwanted(tx: Transaction, pullRequest: PullRequestRow): Promise<void> {
  if (pullRequest.wanted) return;
  const { name } = await changeActor(tx, pullRequest);
  throw new SeatrialError(
    "conflict",
    `The environment was taken down by hand: bring it again first, with the comment '/seatrial up' or 'seatrial pull-request up ${name}'.`,
  );
}
