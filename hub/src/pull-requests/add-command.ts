import { newId } from "@seatrial/contracts/ids.ts";
import type { CommandKind, CommandSource } from "@seatrial/contracts/pull-requests/command.ts";
import { and, eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { pullRequestCommands } from "../database/schema/pull-requests.ts";
import type { Wake } from "../database/transact.ts";
import { cleanLine } from "./clean-line.ts";
import { announcePullRequest } from "./note-pull-request.ts";
import type { PullRequestRow } from "./pull-request-row.ts";

export type NewCommand = {
  /** Null: it cannot be done, and `reason` says why. */
  readonly kind: CommandKind | null;
  readonly argument: string | null;
  readonly reason: string | null;
  /** The head commit that it is about. */
  readonly sha: string;
  /** The base branch that its author had in view; null: it is not known. Only an approval needs it. */
  readonly baseBranch: string | null;
  readonly login: string;
  readonly source: CommandSource;
  /** The comment's id: the same comment is one command. Null: every telling is another command. */
  readonly forgeId: number | null;
};

/** Anybody may write comments, and each command costs a question to the forge. */
const mostPending = 50;

/**
 * Writes down what somebody asked for and has the worker find out whether they may. Nothing else changes. Answers why it
 * is left out: it was told before, or too many wait. The pull request must be locked.
 */
export async function addCommand(
  tx: Transaction,
  wake: Wake,
  row: PullRequestRow,
  command: NewCommand,
  at: Date,
): Promise<string | null> {
  const { id: pullRequestId, projectId } = row;
  const { pullRequestId: owner, state } = pullRequestCommands;
  const waiting = await tx.$count(pullRequestCommands, and(eq(owner, pullRequestId), eq(state, "pending")));
  if (waiting >= mostPending) return `${waiting} commands of this pull request wait already`;
  const login = cleanLine(command.login, 100);
  const baseBranch = command.baseBranch === null ? null : cleanLine(command.baseBranch, 250);
  const written = await tx
    .insert(pullRequestCommands)
    .values({
      ...{ id: newId("command"), pullRequestId, projectId, ...command, login, baseBranch },
      ...{ state: "pending", createdAt: at },
    })
    .onConflictDoNothing()
    .returning({ id: pullRequestCommands.id });
  if (written.length === 0) return "this comment was told before";
  await announcePullRequest(tx, wake, row, at);
  return null;
}
