import type { Page } from "@seatrial/contracts/http/page.ts";
import type { PullRequest, PullRequestState } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { and, desc, eq, inArray, lt, or, sql } from "drizzle-orm";
import { z } from "zod";
import type { ProjectRow } from "../auth/caller.ts";
import type { Queryable } from "../database/database.ts";
import { pullRequests, repositories } from "../database/schema/pull-requests.ts";
import { decodeCursor, pageOf, storedMoment } from "../http/cursor.ts";
import { pullRequestViews } from "./pull-request-views.ts";

export type PullRequestQuery = {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly state?: PullRequestState | undefined;
  /** `owner/name`, without regard to case. */
  readonly repository?: string | undefined;
  readonly number?: number | undefined;
};
const cursorSchema = z.tuple([storedMoment, z.string()]);

/** The project's pull requests, newest first, closed ones included. Index: `pull_requests_project`. */
export async function listPullRequests(
  queryable: Queryable,
  project: ProjectRow,
  query: PullRequestQuery,
): Promise<Page<PullRequest>> {
  const { state, number, repository } = query;
  const rows = await queryable
    .select()
    .from(pullRequests)
    .where(
      and(
        eq(pullRequests.projectId, project.id),
        state === undefined ? undefined : eq(pullRequests.state, state),
        number === undefined ? undefined : eq(pullRequests.number, number),
        repository === undefined
          ? undefined
          : inArray(pullRequests.repositoryId, named(queryable, project, repository)),
        before(query.cursor),
      ),
    )
    .orderBy(desc(pullRequests.createdAt), desc(pullRequests.id))
    .limit(query.limit + 1);
  const page = pageOf(rows, query.limit, (row) => [row.createdAt, row.id]);
  return { ...page, items: await pullRequestViews(queryable, project.name, page.items, "newest") };
}

/** All that ever had this name, also while it was connected before. */
function named(queryable: Queryable, project: ProjectRow, name: string) {
  return queryable
    .select({ id: repositories.id })
    .from(repositories)
    .where(
      and(eq(repositories.projectId, project.id), sql`lower(${repositories.name}) = ${name.toLowerCase()}`),
    );
}

function before(cursor: string | undefined) {
  if (cursor === undefined) return undefined;
  const [at, id] = decodeCursor(cursor, cursorSchema);
  return or(lt(pullRequests.createdAt, at), and(eq(pullRequests.createdAt, at), lt(pullRequests.id, id)));
}
