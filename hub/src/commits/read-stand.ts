import { openCommitStates } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { and, asc, desc, eq, inArray, isNull, ne } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import {
  pullRequestCommits,
  pullRequestEnvironments,
  pullRequestRuns,
} from "../database/schema/pull-requests.ts";
import { runs } from "../database/schema/runs.ts";
import type { CommitRow, PullRequestRow } from "../pull-requests/pull-request-row.ts";

/** The last attempt of a run of the configuration for the head commit. */
export type StandingRun = {
  readonly name: string;
  readonly attempt: number;
  readonly runId: string | null;
  /** Why it could not be asked for. */
  readonly refused: string | null;
  readonly state: (typeof runs.$inferSelect)["state"] | null;
};

/** All that the next step of a pull request follows from. */
export type Stand = {
  readonly pullRequest: PullRequestRow;
  readonly head: CommitRow | null;
  readonly headRuns: readonly StandingRun[];
  /** Commits that have not ended. */
  readonly openCommits: readonly Pick<CommitRow, "sha" | "state">[];
  /** Runs that are not over, also those that people started again by hand. */
  readonly openRuns: readonly { id: string; sha: string | null; isCancelled: boolean }[];
  /** Environments that are not deleted. */
  readonly environments: readonly { id: string; name: string; isWanted: boolean }[];
};

/** Reads it; what it says still holds at the commit when the pull request is locked, except that runs may have ended since. */
export async function readStand(queryable: Queryable, pullRequest: PullRequestRow): Promise<Stand> {
  const { id, headSha } = pullRequest;
  const { pullRequestId, sha, state } = pullRequestCommits;
  const [head] = await queryable
    .select()
    .from(pullRequestCommits)
    .where(and(eq(pullRequestId, id), eq(sha, headSha)));
  const openCommits = await queryable
    .select({ sha, state })
    .from(pullRequestCommits)
    .where(and(eq(pullRequestId, id), inArray(state, [...openCommitStates])))
    .orderBy(asc(pullRequestCommits.number));
  return {
    pullRequest,
    head: head ?? null,
    headRuns: head === undefined ? [] : await readRunsOf(queryable, head),
    openCommits,
    openRuns: await readOpenRuns(queryable, pullRequest),
    environments: await readEnvironments(queryable, pullRequest),
  };
}

/** The last attempt of each run of a commit, by name. */
export async function readRunsOf(
  queryable: Queryable,
  commit: Pick<CommitRow, "pullRequestId" | "sha">,
): Promise<StandingRun[]> {
  const { name, attempt, runId, reason, pullRequestId, sha } = pullRequestRuns;
  return queryable
    .selectDistinctOn([name], { name, attempt, runId, refused: reason, state: runs.state })
    .from(pullRequestRuns)
    .leftJoin(runs, eq(runs.id, runId))
    .where(and(eq(pullRequestId, commit.pullRequestId), eq(sha, commit.sha)))
    .orderBy(name, desc(attempt));
}

async function readOpenRuns(queryable: Queryable, { id, projectId }: PullRequestRow) {
  const rows = await queryable
    .select({ id: runs.id, change: runs.change, cancelRequestedAt: runs.cancelRequestedAt })
    .from(runs)
    .where(and(eq(runs.pullRequestId, id), eq(runs.projectId, projectId), isNull(runs.finishedAt)))
    .orderBy(asc(runs.id));
  return rows.map(({ id: runId, change, cancelRequestedAt }) => {
    return { id: runId, sha: change?.sha ?? null, isCancelled: cancelRequestedAt !== null };
  });
}

async function readEnvironments(queryable: Queryable, { id, projectId }: PullRequestRow) {
  const { pullRequestId, environmentId, name } = pullRequestEnvironments;
  const rows = await queryable
    .select({ id: environmentId, name, wanted: environments.wanted })
    .from(pullRequestEnvironments)
    .innerJoin(environments, eq(environments.id, environmentId))
    .where(
      and(eq(pullRequestId, id), eq(environments.projectId, projectId), ne(environments.state, "deleted")),
    )
    .orderBy(asc(environmentId));
  return rows.map(({ wanted, ...row }) => ({ ...row, isWanted: wanted !== "gone" }));
}
