import { and, asc, eq, inArray, isNotNull, ne } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { pullRequestCommits, pullRequests } from "../database/schema/pull-requests.ts";
import type { PullRequestRow } from "../pull-requests/pull-request-row.ts";
import type { SameCommit } from "./report-world.ts";

/** More pull requests than these have no commit in common that somebody means. */
const mostOthers = 50;

/**
 * Which of these commits are the newest ones of other open pull requests of the repository, by number. Only those that
 * have a check: who has none also tells nobody when it changes.
 */
export async function readSameCommits(
  queryable: Queryable,
  { id, repositoryId, projectId }: PullRequestRow,
  shas: readonly string[],
): Promise<SameCommit[]> {
  if (shas.length === 0) return [];
  const { number, headSha } = pullRequests;
  const { pullRequestId, sha, state, checkRunId } = pullRequestCommits;
  return queryable
    .select({ sha, state, number })
    .from(pullRequests)
    .innerJoin(pullRequestCommits, and(eq(pullRequestId, pullRequests.id), eq(sha, headSha)))
    .where(
      and(
        eq(pullRequests.repositoryId, repositoryId),
        eq(pullRequests.projectId, projectId),
        inArray(headSha, [...shas]),
        eq(pullRequests.state, "open"),
        ne(pullRequests.id, id),
        isNotNull(checkRunId),
      ),
    )
    .orderBy(asc(number))
    .limit(mostOthers);
}
