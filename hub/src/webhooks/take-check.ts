import { and, asc, eq, inArray } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { pullRequestCommits, pullRequests } from "../database/schema/pull-requests.ts";
import { addCommand } from "../pull-requests/add-command.ts";
import type { PullRequestRow } from "../pull-requests/pull-request-row.ts";
import type { RepositoryRow } from "../repositories/find-repository.ts";
import { checkEventSchema, isPerson } from "./payloads.ts";
import type { Take } from "./take-event.ts";

/**
 * "Re-run" at a check or at all of them: the command `rerun`, for every open pull request that has the commit. Payloads
 * name no pull request where it comes from a fork, so the commit alone is asked for.
 */
export function readChecks(payload: unknown, action: string): Take | string {
  if (action !== "rerequested") return `nothing follows from ${action} of a check`;
  const { sha, sender } = checkEventSchema.parse(payload);
  if (!isPerson(sender)) return "bots give no commands";
  const { login } = sender;
  return async (tx, wake, repository, at) => {
    const rows = await lockWithCommit(tx, repository, sha);
    if (rows.length === 0) return "no open pull request has the commit";
    const command = { kind: "rerun" as const, argument: null, reason: null, sha, baseBranch: null, login };
    const outcomes: (string | null)[] = [];
    for (const row of rows)
      outcomes.push(await addCommand(tx, wake, row, { ...command, source: "check", forgeId: null }, at));
    return outcomes.includes(null) ? null : (outcomes[0] ?? null);
  };
}

async function lockWithCommit(
  tx: Transaction,
  { id }: RepositoryRow,
  sha: string,
): Promise<PullRequestRow[]> {
  const having = tx
    .select({ id: pullRequestCommits.pullRequestId })
    .from(pullRequestCommits)
    .where(eq(pullRequestCommits.sha, sha));
  return tx
    .select()
    .from(pullRequests)
    .where(
      and(
        eq(pullRequests.repositoryId, id),
        eq(pullRequests.state, "open"),
        inArray(pullRequests.id, having),
      ),
    )
    .orderBy(asc(pullRequests.id))
    .for("update");
}
