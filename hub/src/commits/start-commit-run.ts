import type { ResolvedRun } from "@seatrial/contracts/configuration/resolve-run.ts";
import { suitesOfRun } from "@seatrial/contracts/configuration/suites-of-run.ts";
import { fillChange } from "@seatrial/contracts/configuration/variables.ts";
import { SeatrialError, statusOf } from "@seatrial/contracts/errors.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import { and, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { ProjectRow } from "../auth/caller.ts";
import type { Transaction } from "../database/database.ts";
import { pullRequestRuns } from "../database/schema/pull-requests.ts";
import type { Wake } from "../database/transact.ts";
import type { CommitRow, PullRequestRunRow } from "../pull-requests/pull-request-row.ts";
import { cutText } from "../reports/safe-text.ts";
import { insertRun, type NewRun } from "../runs/insert-run.ts";
import { prepareRun } from "../runs/prepare-run.ts";
import { suitesAgain } from "../runs/suites-again.ts";
import { changeOf, shortSha } from "./change-of.ts";
import { bringCommitEnvironment, type HeadCommit, type Origin } from "./commit-environment.ts";
import { projectOf } from "./find-commit.ts";
import { imageReferences } from "./image-references.ts";
import { refuseUnapproved } from "./read-source-duty.ts";

type Wanted = Pick<PullRequestRunRow, "name" | "attempt">;

/**
 * Asks for a run of the head commit, with its environment brought or updated first: the run waits until that generation
 * is applied. What it is refused for (a quota, a place that is nowhere) is the word on it, and nothing of it is written.
 * The pull request must be locked.
 */
export async function startCommitRun(
  deps: HubDeps,
  tx: Transaction,
  wake: Wake,
  head: HeadCommit,
  wanted: Wanted,
  by: Origin,
): Promise<void> {
  const row = await readWanted(tx, head.commit, wanted);
  const where = whereAttempt(head.commit, wanted);
  try {
    const runId = await tx.transaction((inner) => insert(deps, inner as Transaction, wake, head, row, by));
    await tx.update(pullRequestRuns).set({ runId }).where(where);
  } catch (error) {
    if (!(error instanceof SeatrialError) || statusOf(error.code) >= 500) throw error;
    const reason = cutText(error.message, 2_000);
    await tx.update(pullRequestRuns).set({ reason }).where(where);
  }
}

async function readWanted(tx: Transaction, commit: CommitRow, wanted: Wanted): Promise<PullRequestRunRow> {
  const [row] = await tx.select().from(pullRequestRuns).where(whereAttempt(commit, wanted));
  if (row === undefined) throw new Error(`commit ${commit.sha} has no attempt ${wanted.attempt} of a run`);
  return row;
}

function whereAttempt(commit: CommitRow, wanted: Wanted) {
  const { pullRequestId, sha, name, attempt } = pullRequestRuns;
  return and(
    eq(pullRequestId, commit.pullRequestId),
    eq(sha, commit.sha),
    eq(name, wanted.name),
    eq(attempt, wanted.attempt),
  );
}

async function insert(
  deps: HubDeps,
  tx: Transaction,
  wake: Wake,
  head: HeadCommit,
  wanted: PullRequestRunRow,
  by: Origin,
): Promise<string> {
  const { pullRequest, commit } = head;
  refuseUnapproved(pullRequest, commit);
  const project = await projectOf(tx, pullRequest.projectId);
  const run = configuredRun(commit, wanted.name);
  const environmentId =
    run.environment === null
      ? null
      : await bringCommitEnvironment(deps, tx, wake, project, head, run.environment, by);
  const change = changeOf(pullRequest, commit.sha);
  const prepared = await prepareRun(tx, project, {
    suites: suitesOf(commit, run).map((suite) => fillChange(suite, change)),
    contentSha256: commit.contentSha256,
    change,
    environment: environmentId === null ? null : { id: environmentId },
    priority: run.priority,
    optional: run.optional,
  });
  const id = newId("run");
  const again = wanted.onlyFailed ? await redOnesAgain(deps, tx, project, wanted, id) : null;
  const written = { ...prepared, ...again, id, pullRequestId: pullRequest.id, images: imagesOf(head, run) };
  await insertRun(deps, tx, wake, project, written, by);
  return id;
}

function configuredRun({ configuration, sha }: CommitRow, name: string): ResolvedRun {
  const run = configuration?.runs.find((one) => one.name === name);
  if (run !== undefined) return run;
  throw new SeatrialError("invalid_configuration", `Commit ${shortSha(sha)} has no run "${name}".`);
}

function suitesOf({ configuration }: CommitRow, run: ResolvedRun) {
  return configuration ? suitesOfRun(configuration, run) : [];
}

/** What was not green in the attempt before; all of it when that was never begun. */
async function redOnesAgain(
  deps: HubDeps,
  tx: Transaction,
  project: ProjectRow,
  wanted: PullRequestRunRow,
  newRunId: string,
): Promise<Pick<NewRun, "suites" | "rerunOf"> | null> {
  const [before] = await tx
    .select({ runId: pullRequestRuns.runId })
    .from(pullRequestRuns)
    .where(
      and(
        eq(pullRequestRuns.pullRequestId, wanted.pullRequestId),
        eq(pullRequestRuns.sha, wanted.sha),
        eq(pullRequestRuns.name, wanted.name),
        eq(pullRequestRuns.attempt, wanted.attempt - 1),
      ),
    );
  if (!before?.runId) return null;
  const suites = await suitesAgain({ ...deps, database: tx }, project, before.runId, newRunId, true);
  return suites.length === 0 ? null : { suites, rerunOf: before.runId };
}

/** The digests of what this run's environments are made of. */
export function imagesOf({ pullRequest, commit }: HeadCommit, run: ResolvedRun): Record<string, string> {
  const { configuration, images, sha } = commit;
  if (!configuration) return {};
  const named = imageReferences(configuration, [run], changeOf(pullRequest, sha));
  return Object.fromEntries(
    named.flatMap((reference) => (images[reference] ? [[reference, images[reference]]] : [])),
  );
}
