import { eq, sql } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { pullRequests } from "../database/schema/pull-requests.ts";
import type { Wake } from "../database/transact.ts";
import { outboxChannel } from "../notifications/channels.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import type { PullRequestRow } from "./pull-request-row.ts";

/**
 * Something of a pull request changed: raises its generation, so that `advance` and the report are due, and has its
 * workflow look, once this transaction is committed. The pull request must be locked.
 */
export async function notePullRequest(
  tx: Transaction,
  wake: Wake,
  row: Pick<PullRequestRow, "id" | "projectId">,
  at: Date,
): Promise<void> {
  await tx
    .update(pullRequests)
    .set({ generation: sql`${pullRequests.generation} + 1`, updatedAt: at })
    .where(eq(pullRequests.id, row.id));
  await announcePullRequest(tx, wake, row, at);
}

/**
 * Has a pull request's workflow look, and locks nothing: for who holds one of its runs or environments, after which no
 * pull request may be locked. What is due follows from the facts alone.
 */
export async function announcePullRequest(
  tx: Transaction,
  wake: Wake,
  { id: pullRequestId, projectId }: Pick<PullRequestRow, "id" | "projectId">,
  at: Date,
): Promise<void> {
  await writeOutboxEntry(tx, { kind: "pull_request.changed", projectId, runId: null, pullRequestId, at });
  wake(outboxChannel);
}
