import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { desc, inArray } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { pullRequestCommands, repositories } from "../database/schema/pull-requests.ts";
import { readCommits } from "./commit-views.ts";
import { readShownEnvironments } from "./environment-parts.ts";
import type { CommandRow, PullRequestRow } from "./pull-request-row.ts";

const shownCommands = 20;

/** Pull requests of one project as the API shows them; in the order given. `counted` as in `readCommits`. */
export async function pullRequestViews(
  queryable: Queryable,
  project: string,
  rows: readonly PullRequestRow[],
  counted: "all" | "newest",
): Promise<PullRequest[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const names = await repositoryNames(queryable, rows);
  const commits = await readCommits(queryable, ids, counted);
  const environments = await readShownEnvironments(queryable, ids);
  const commands = await readCommands(queryable, ids);
  return rows.map((row) => ({
    ...viewOf(row, project, names.get(row.repositoryId) ?? ""),
    commits: commits.get(row.id) ?? [],
    environments: environments.get(row.id) ?? [],
    commands: (commands.get(row.id) ?? []).slice(0, shownCommands).map(commandPart),
  }));
}

function viewOf(
  row: PullRequestRow,
  project: string,
  repository: string,
): Omit<PullRequest, "commits" | "environments" | "commands"> {
  const { id, number, state, draft, title, author, labels, baseBranch, headBranch, headSha, fork } = row;
  return {
    ...{ id, project, repository, number, state, draft, title, author, labels },
    ...{ baseBranch, headBranch, headSha, fork },
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    closedAt: row.closedAt?.toISOString() ?? null,
  };
}

async function repositoryNames(
  queryable: Queryable,
  rows: readonly PullRequestRow[],
): Promise<Map<string, string>> {
  const ids = [...new Set(rows.map(({ repositoryId }) => repositoryId))];
  const found = await queryable
    .select({ id: repositories.id, name: repositories.name })
    .from(repositories)
    .where(inArray(repositories.id, ids));
  return new Map(found.map(({ id, name }) => [id, name]));
}

async function readCommands(queryable: Queryable, ids: string[]): Promise<Map<string, CommandRow[]>> {
  const rows = await queryable
    .select()
    .from(pullRequestCommands)
    .where(inArray(pullRequestCommands.pullRequestId, ids))
    .orderBy(desc(pullRequestCommands.createdAt), desc(pullRequestCommands.id));
  return Map.groupBy(rows, ({ pullRequestId }) => pullRequestId);
}

function commandPart(row: CommandRow): PullRequest["commands"][number] {
  const { kind, argument, login, source, state, reason, createdAt } = row;
  return { kind, argument, by: login, source, state, reason, createdAt: createdAt.toISOString() };
}
