import { parseCommand } from "@seatrial/contracts/pull-requests/command.ts";
import type { ForgeComment } from "@seatrial/contracts/worker-protocol/repositories.ts";
import type { Transaction } from "../database/database.ts";
import type { Wake } from "../database/transact.ts";
import type { RepositoryRow } from "../repositories/find-repository.ts";
import { addCommand } from "./add-command.ts";
import { lockNumbered } from "./lock-pull-request.ts";
import type { PullRequestRow } from "./pull-request-row.ts";

export type CommentTelling = Omit<ForgeComment, "createdAt"> & {
  /** By the forge's time; null: it was not told. */
  readonly createdAt: string | null;
};

/**
 * Takes a comment on a pull request, by a webhook or in a sweep: one that addresses Seatrial is a command, once. Null,
 * or why nothing follows from it. The repository must be locked.
 */
export async function seeComment(
  tx: Transaction,
  wake: Wake,
  repository: RepositoryRow,
  { commentId, number, login, body, createdAt }: CommentTelling,
  at: Date,
): Promise<string | null> {
  if (login.endsWith("[bot]")) return "bots give no commands";
  const command = parseCommand(body);
  if (command === null) return "the comment does not address Seatrial";
  const row = await lockNumbered(tx, repository, number);
  if (row === undefined) return "the pull request is not known yet";
  const asked =
    "problem" in command
      ? { kind: null, argument: null, reason: command.problem }
      : { ...command, reason: null };
  const origin = { sha: row.headSha, login, source: "comment" as const, forgeId: commentId };
  return addCommand(tx, wake, row, { ...asked, ...origin, baseBranch: baseInView(row, createdAt) }, at);
}

/**
 * The base branch that the comment's author saw; null when it came to the hub late, and the base may have been another
 * one when it was written. The forge's times are whole seconds: of one second, either may have been first.
 */
function baseInView({ baseBranch, baseSince }: PullRequestRow, createdAt: string | null): string | null {
  const isLate = createdAt !== null && baseSince !== null && new Date(createdAt) <= baseSince;
  return isLate ? null : baseBranch;
}
