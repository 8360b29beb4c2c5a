import { and, eq, max } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { pullRequestCommits } from "../database/schema/pull-requests.ts";
import type { Wake } from "../database/transact.ts";
import { cancelRunsOf } from "./cancel-runs-of.ts";
import type { CommitRow, PullRequestRow } from "./pull-request-row.ts";

/** The pull request's commit of this name, as far as the hub was ever told of it. */
export async function findCommit(
  tx: Transaction,
  { id }: Pick<PullRequestRow, "id">,
  sha: string,
): Promise<CommitRow | undefined> {
  const { pullRequestId, sha: named } = pullRequestCommits;
  const [row] = await tx
    .select()
    .from(pullRequestCommits)
    .where(and(eq(pullRequestId, id), eq(named, sha)));
  return row;
}

/**
 * Makes the head commit of a locked pull request the newest one, to be fetched and run from the start: also one that was
 * the head before (a branch that was set back), or that ended (a pull request opened again); runs of it that are still
 * there are cancelled. A fork's waits until this very commit is approved; nothing of it is fetched before. Earlier
 * commits are left to `advance`.
 */
export async function becomeHead(tx: Transaction, wake: Wake, row: PullRequestRow, at: Date): Promise<void> {
  const { id: pullRequestId, projectId, headSha: sha, baseSha, fork } = row;
  const known = await findCommit(tx, row, sha);
  const [last] = await tx
    .select({ number: max(pullRequestCommits.number) })
    .from(pullRequestCommits)
    .where(eq(pullRequestCommits.pullRequestId, pullRequestId));
  const newest = last?.number ?? 0;
  const isApproved = !fork || (known !== undefined && known.approvedAt !== null);
  const fresh = {
    baseSha,
    number: known?.number === newest ? newest : newest + 1,
    state: isApproved ? ("fetching" as const) : ("approval_needed" as const),
    reason: isApproved ? null : approvalReason(row),
    createdAt: at,
    ...{ configuration: null, problems: [], images: {}, imagesSince: null, endedAt: null },
  };
  await tx
    .insert(pullRequestCommits)
    .values({ pullRequestId, projectId, sha, ...fresh })
    .onConflictDoUpdate({
      target: [pullRequestCommits.pullRequestId, pullRequestCommits.sha],
      set: fresh,
    });
  // What they test was asked for by another base, configuration or set of changed files.
  if (known !== undefined) await cancelRunsOf(tx, wake, row, at);
}

function approvalReason({ headRepository, headSha }: PullRequestRow): string {
  const from = headRepository ?? "a repository that is gone";
  const short = headSha.slice(0, 12);
  return `it comes from ${from}: somebody with write access must approve this commit (/seatrial approve ${short})`;
}
