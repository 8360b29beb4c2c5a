import { and, desc, eq, isNull, ne, notLike, or } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { pullRequestCommands, pullRequests, repositories } from "../database/schema/pull-requests.ts";
import { noWriteAccess } from "../pull-requests/judge-command.ts";
import { readCommits } from "./read-commits.ts";
import { readEnvironments } from "./read-environments.ts";
import { readRuns } from "./read-runs.ts";
import { readSameCommits } from "./read-same-commits.ts";
import type { ReportWorld } from "./report-world.ts";

/**
 * What a pull request's report is drawn from; null when there is none, or when its repository is not connected any
 * more: nobody may tell the forge anything then.
 */
export async function readWorld(queryable: Queryable, pullRequestId: string): Promise<ReportWorld | null> {
  const [found] = await queryable
    .select({ pullRequest: pullRequests, repository: repositories })
    .from(pullRequests)
    .innerJoin(repositories, eq(repositories.id, pullRequests.repositoryId))
    .where(and(eq(pullRequests.id, pullRequestId), isNull(repositories.disconnectedAt)));
  if (found === undefined) return null;
  const { pullRequest, repository } = found;
  const commits = await readCommits(queryable, pullRequest);
  const open = commits.filter(({ isFinal }) => !isFinal).map(({ sha }) => sha);
  const [lastCommand] = await queryable
    .select()
    .from(pullRequestCommands)
    .where(
      and(
        eq(pullRequestCommands.pullRequestId, pullRequestId),
        // Strangers may write as much as they like: nothing is told to the forge for it, also not while it is unknown
        // who they are.
        ne(pullRequestCommands.state, "pending"),
        or(isNull(pullRequestCommands.reason), notLike(pullRequestCommands.reason, `%${noWriteAccess}`)),
      ),
    )
    .orderBy(desc(pullRequestCommands.createdAt), desc(pullRequestCommands.id))
    .limit(1);
  return {
    repository,
    pullRequest,
    commits,
    runs: await readRuns(queryable, pullRequest, open),
    environments: await readEnvironments(queryable, pullRequest),
    lastCommand: lastCommand ?? null,
    sameCommits: await readSameCommits(queryable, pullRequest, open),
  };
}
