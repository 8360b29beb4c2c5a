import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { and, eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { pullRequests } from "../database/schema/pull-requests.ts";
import type { RepositoryRow } from "../repositories/find-repository.ts";
import type { PullRequestRow } from "./pull-request-row.ts";

/**
 * Locks a pull request for the transaction; whatever changes it, its commits, runs, environments or commands holds this
 * lock. It comes after a project's advisory lock and the `repositories` row, and before any `runs` or `environments`
 * row (the rest of the order is in `environments/lock-environment.ts`). Who holds one of those already uses
 * `announcePullRequest`, which locks nothing. Throws `not_found`.
 */
export async function lockPullRequest(tx: Transaction, id: string): Promise<PullRequestRow> {
  const [row] = await tx.select().from(pullRequests).where(eq(pullRequests.id, id)).for("update");
  if (row === undefined)
    throw new SeatrialError("not_found", `There is no pull request "${id.slice(0, 40)}".`);
  return row;
}

/** The repository's pull request of this number, locked in the same order; undefined when the hub was never told of it. */
export async function lockNumbered(
  tx: Transaction,
  { id }: Pick<RepositoryRow, "id">,
  number: number,
): Promise<PullRequestRow | undefined> {
  const [row] = await tx
    .select()
    .from(pullRequests)
    .where(and(eq(pullRequests.repositoryId, id), eq(pullRequests.number, number)))
    .for("update");
  return row;
}
