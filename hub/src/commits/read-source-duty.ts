import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { RepositoryPlace, SourceDuty } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { and, eq } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { repositories } from "../database/schema/pull-requests.ts";
import type { CommitRow, PullRequestRow } from "../pull-requests/pull-request-row.ts";
import { shortSha } from "./change-of.ts";
import { findPullRequest, readCommit } from "./find-commit.ts";

/** What to fetch of a commit. Throws `not_found`, and `conflict` for a fork's commit that nobody approved. */
export async function readSourceDuty(
  queryable: Queryable,
  pullRequestId: string,
  sha: string,
): Promise<SourceDuty> {
  const pullRequest = await findPullRequest(queryable, pullRequestId);
  const commit = await readCommit(queryable, pullRequest, sha);
  refuseUnapproved(pullRequest, commit);
  return {
    repository: await placeOf(queryable, pullRequest),
    number: pullRequest.number,
    sha,
    configurationSha: pullRequest.fork ? commit.baseSha : sha,
    baseBranch: pullRequest.baseBranch,
  };
}

/** Nothing of a fork's commit that nobody approved is fetched, stored or begun, whatever became of it. Throws `conflict`. */
export function refuseUnapproved({ fork }: PullRequestRow, { sha, approvedAt }: CommitRow): void {
  if (!fork || approvedAt !== null) return;
  throw new SeatrialError(
    "conflict",
    `Commit ${shortSha(sha)} comes from a fork: somebody with write access must approve it first (seatrial approve).`,
  );
}

async function placeOf(queryable: Queryable, pullRequest: PullRequestRow): Promise<RepositoryPlace> {
  const { id, name, installationId, forgeId, projectId } = repositories;
  const [row] = await queryable
    .select({ repositoryId: id, name, installationId, forgeId })
    .from(repositories)
    .where(and(eq(id, pullRequest.repositoryId), eq(projectId, pullRequest.projectId)));
  if (row === undefined) throw new Error(`pull request ${pullRequest.id} has no repository`);
  return row;
}
