import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { and, eq } from "drizzle-orm";
import type { ProjectRow } from "../auth/caller.ts";
import type { Queryable } from "../database/database.ts";
import { projects } from "../database/schema/projects.ts";
import { pullRequestCommits, pullRequests } from "../database/schema/pull-requests.ts";
import type { CommitRow, PullRequestRow } from "../pull-requests/pull-request-row.ts";

/** A pull request as it stands, not locked. Throws `not_found`. */
export async function findPullRequest(queryable: Queryable, id: string): Promise<PullRequestRow> {
  const [row] = await queryable.select().from(pullRequests).where(eq(pullRequests.id, id));
  if (row === undefined)
    throw new SeatrialError("not_found", `There is no pull request "${id.slice(0, 40)}".`);
  return row;
}

/** A commit of it that was its head once. Throws `not_found`. */
export async function readCommit(
  queryable: Queryable,
  { id, projectId, number }: PullRequestRow,
  sha: string,
): Promise<CommitRow> {
  const [row] = await queryable
    .select()
    .from(pullRequestCommits)
    .where(and(eq(pullRequestCommits.pullRequestId, id), eq(pullRequestCommits.sha, sha)));
  if (row !== undefined && row.projectId === projectId) return row;
  throw new SeatrialError("not_found", `Pull request #${number} has no commit ${sha}.`);
}

/** Writes to a commit. The pull request must be locked. */
export function whereCommit({ pullRequestId, sha }: Pick<CommitRow, "pullRequestId" | "sha">) {
  return and(eq(pullRequestCommits.pullRequestId, pullRequestId), eq(pullRequestCommits.sha, sha));
}

export async function projectOf(queryable: Queryable, id: string): Promise<ProjectRow> {
  const [project] = await queryable
    .select({ id: projects.id, name: projects.name })
    .from(projects)
    .where(eq(projects.id, id));
  if (project === undefined) throw new Error(`There is no project ${id}.`);
  return project;
}
