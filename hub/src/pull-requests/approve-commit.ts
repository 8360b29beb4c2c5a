import type { Actor } from "@seatrial/contracts/actor.ts";
import { and, eq, sql } from "drizzle-orm";
import { writeAudit } from "../audit/write-audit.ts";
import type { Transaction } from "../database/database.ts";
import { pullRequestCommits } from "../database/schema/pull-requests.ts";
import type { Wake } from "../database/transact.ts";
import { findCommit } from "./become-head.ts";
import { notePullRequest } from "./note-pull-request.ts";
import type { PullRequestRow } from "./pull-request-row.ts";

/** Who puts this label on a pull request approves the commit that they saw. The forge's labels know no case. */
export const isApproveLabel = (name: string): boolean => name.toLowerCase() === "seatrial:approve";

/**
 * Lets the head commit of a fork be fetched, applied and run. `sha` is how the approver names it, whole or its beginning:
 * a push in between approves nothing. It counts also for one that was stopped, when it is brought again. Null: it is
 * approved (also when it was before, or needs no approval); else why not. The pull request must be locked, and `by` may
 * write to the repository.
 */
export async function approveCommit(
  tx: Transaction,
  wake: Wake,
  row: PullRequestRow,
  sha: string,
  { actor, at }: { actor: Actor; at: Date },
): Promise<string | null> {
  const { id: pullRequestId, projectId, headSha, number } = row;
  if (row.state !== "open") return `pull request #${number} is ${row.state}`;
  if (!headSha.startsWith(sha)) return whyNotHead(tx, row, sha);
  const commit = await findCommit(tx, row, headSha);
  if (!row.fork || commit === undefined || commit.approvedAt !== null) return null;
  const begun = commit.state === "approval_needed" ? { state: "fetching" as const, reason: null } : {};
  await tx
    .update(pullRequestCommits)
    .set({ ...begun, approvedBy: actor, approvedAt: at })
    .where(and(eq(pullRequestCommits.pullRequestId, pullRequestId), eq(pullRequestCommits.sha, headSha)));
  const data = { sha: headSha, number };
  const action = "pull_request.approve";
  await writeAudit(tx, { projectId, at, actor, action, subject: pullRequestId, data });
  await notePullRequest(tx, wake, row, at);
  return null;
}

async function whyNotHead(tx: Transaction, row: PullRequestRow, sha: string): Promise<string> {
  const [earlier] = await tx
    .select({ sha: pullRequestCommits.sha })
    .from(pullRequestCommits)
    .where(
      and(eq(pullRequestCommits.pullRequestId, row.id), sql`starts_with(${pullRequestCommits.sha}, ${sha})`),
    )
    .limit(1);
  const newest = row.headSha.slice(0, 12);
  return earlier === undefined
    ? `the pull request's newest commit is ${newest}, not ${sha.slice(0, 12)}: look at it, then approve it by its name`
    : `commit ${newest} came after ${sha.slice(0, 12)}: look at it, then approve it by its name`;
}
