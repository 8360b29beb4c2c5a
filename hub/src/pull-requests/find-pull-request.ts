import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { and, eq } from "drizzle-orm";
import type { ProjectRow } from "../auth/caller.ts";
import type { Queryable } from "../database/database.ts";
import { pullRequests } from "../database/schema/pull-requests.ts";
import type { PullRequestRow } from "./pull-request-row.ts";
import { pullRequestViews } from "./pull-request-views.ts";

/** A pull request of this project. Throws `not_found`, also for another project's. */
export async function findPullRequest(
  queryable: Queryable,
  project: ProjectRow,
  id: string,
): Promise<PullRequestRow> {
  const [row] = await queryable
    .select()
    .from(pullRequests)
    .where(and(eq(pullRequests.id, id), eq(pullRequests.projectId, project.id)));
  if (row === undefined) throw noPullRequest(project, id);
  return row;
}

/** The same as the API shows it. */
export async function readPullRequest(
  queryable: Queryable,
  project: ProjectRow,
  id: string,
): Promise<PullRequest> {
  const row = await findPullRequest(queryable, project, id);
  const [view] = await pullRequestViews(queryable, project.name, [row], "all");
  if (view === undefined) throw noPullRequest(project, id);
  return view;
}

function noPullRequest(project: ProjectRow, id: string): SeatrialError {
  return new SeatrialError(
    "not_found",
    `Project "${project.name}" has no pull request "${id.slice(0, 40)}".`,
  );
}
