import type { ChangedFile } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { and, desc, eq, inArray, sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { pullRequestCommits } from "../database/schema/pull-requests.ts";
import type { PullRequestRow } from "../pull-requests/pull-request-row.ts";
import { finalMark } from "./digest.ts";
import type { ShownCommit } from "./report-world.ts";

/** So many commits are looked at, the newest first: the older ones were, in their time. */
const mostCommits = 30;

/** The commits of a pull request, newest first; changed files only of red ones that are not told for good. */
export async function readCommits(queryable: Queryable, pullRequest: PullRequestRow): Promise<ShownCommit[]> {
  const { sha, number, state, reason, problems, images, imagesSince } = pullRequestCommits;
  const { checkRunId, checkDigest, createdAt, endedAt, configuration } = pullRequestCommits;
  const rows = await queryable
    .select({
      ...{ sha, number, state, reason, problems, images, imagesSince },
      ...{ checkRunId, checkDigest, createdAt, endedAt },
      hasConfiguration: sql<boolean>`${configuration} is not null`,
    })
    .from(pullRequestCommits)
    .where(eq(pullRequestCommits.pullRequestId, pullRequest.id))
    .orderBy(desc(pullRequestCommits.number))
    .limit(mostCommits);
  const commits = rows.map((row) => ({ ...row, isFinal: isFinal(row, pullRequest) }));
  const red = commits.filter((one) => !one.isFinal && (one.state === "failed" || one.state === "errored"));
  const changed = await readChangedFiles(
    queryable,
    pullRequest.id,
    red.map(({ sha }) => sha),
  );
  return commits.map((commit) => ({ ...commit, changedFiles: changed.get(commit.sha) ?? [] }));
}

/** The newest one may always change: a rerun, or its environment. */
function isFinal(row: { sha: string; checkDigest: string | null }, { headSha }: PullRequestRow): boolean {
  return row.sha !== headSha && row.checkDigest?.startsWith(finalMark) === true;
}

async function readChangedFiles(
  queryable: Queryable,
  pullRequestId: string,
  shas: string[],
): Promise<Map<string, ChangedFile[]>> {
  if (shas.length === 0) return new Map();
  const { sha, changedFiles } = pullRequestCommits;
  const rows = await queryable
    .select({ sha, changedFiles })
    .from(pullRequestCommits)
    .where(and(eq(pullRequestCommits.pullRequestId, pullRequestId), inArray(sha, shas)));
  return new Map(rows.map((row) => [row.sha, row.changedFiles]));
}
