import { parseCommand } from "@seatrial/contracts/pull-requests/command.ts";
import type { ForgeComment } from "@seatrial/contracts/worker-protocol/repositories.ts";
import type { Transaction } from "../database/database.ts";
import type { Wake } from "../database/transact.ts";
import type { RepositoryRow } from "../repositories/find-repository.ts";
import { addCommand } from "./add-command.ts";
import { lockNumbered } from "./lock-pull-request.ts";

export type CommentTelling = Omit<ForgeComment, "createdAt">;

/**
 * Takes a comment on a pull request, by a webhook or in a sweep: one that addresses Seatrial is a command, once. Null,
 * or why nothing follows from it. The repository must be locked.
 */
export async function seeComment(
  tx: Transaction,
  wake: Wake,
  repository: RepositoryRow,
  { commentId, number, login, body }: CommentTelling,
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
  return addCommand(tx, wake, row, { ...asked, ...origin }, at);
}
