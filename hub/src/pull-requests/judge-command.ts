import { SeatrialError, statusOf } from "@seatrial/contracts/errors.ts";
import type { CommandState } from "@seatrial/contracts/pull-requests/command.ts";
import type { CommandDuty, judgeCommandSchema } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Queryable, Transaction } from "../database/database.ts";
import { pullRequestCommands, pullRequests, repositories } from "../database/schema/pull-requests.ts";
import { transact, type Wake } from "../database/transact.ts";
import { carryOut } from "./carry-out.ts";
import { lockPullRequest } from "./lock-pull-request.ts";
import { announcePullRequest } from "./note-pull-request.ts";
import { type CommandRow, forgeUser } from "./pull-request-row.ts";

type Permission = z.infer<typeof judgeCommandSchema>["permission"];
/** What GitHub calls write access (the `permission` of a collaborator, `maintain` among its role names). */
const mayWrite: ReadonlySet<Permission> = new Set(["write", "maintain", "admin"]);
/** Why a stranger's command is refused, after their name. */
export const noWriteAccess = "has no write access to the repository";

/** Whom the worker asks the forge about. Throws `not_found`. */
export async function readCommandDuty(
  queryable: Queryable,
  pullRequestId: string,
  commandId: string,
): Promise<CommandDuty> {
  const [found] = await queryable
    .select({ command: pullRequestCommands, number: pullRequests.number, repository: repositories })
    .from(pullRequestCommands)
    .innerJoin(pullRequests, eq(pullRequests.id, pullRequestCommands.pullRequestId))
    .innerJoin(repositories, eq(repositories.id, pullRequests.repositoryId))
    .where(isCommand(pullRequestId, commandId));
  if (found === undefined) throw noCommand(commandId);
  const { command, number, repository } = found;
  const { id: repositoryId, name, installationId, forgeId } = repository;
  return {
    repository: { repositoryId, name, installationId, forgeId },
    number,
    login: command.login,
    commentId: command.source === "comment" ? command.forgeId : null,
    // Also of what nobody can understand the rights are asked for: why it is refused is told to who may write alone.
    problem: null,
  };
}

/**
 * Does or refuses a command, once, by what the forge says of its author. Without write access nothing but the command's
 * own row changes. Throws `not_found`.
 */
export async function judgeCommand(
  deps: HubDeps,
  pullRequestId: string,
  commandId: string,
  permission: Permission,
): Promise<{ state: Exclude<CommandState, "pending"> }> {
  try {
    return await transact(deps, (tx, wake) => judge(deps, tx, wake, pullRequestId, commandId, permission));
  } catch (error) {
    // What it needs is gone, or the project has too much of something: waiting helps nobody.
    if (!(error instanceof SeatrialError) || error.code === "not_found" || statusOf(error.code) >= 500)
      throw error;
    const { message } = error;
    return transact(deps, async (tx, wake) => {
      const { row, command } = await lockCommand(tx, pullRequestId, commandId);
      if (command.state !== "pending") return { state: command.state };
      await announcePullRequest(tx, wake, row, deps.clock.now());
      return decide(tx, command, message, deps.clock.now());
    });
  }
}

async function judge(
  deps: HubDeps,
  tx: Transaction,
  wake: Wake,
  pullRequestId: string,
  commandId: string,
  permission: Permission,
): Promise<{ state: Exclude<CommandState, "pending"> }> {
  const at = deps.clock.now();
  const { row, command } = await lockCommand(tx, pullRequestId, commandId);
  const { state, kind, login } = command;
  if (state !== "pending") return { state };
  if (!mayWrite.has(permission)) return decide(tx, command, `${login} ${noWriteAccess}`, at);
  if (kind === null) return decide(tx, command, command.reason ?? "it cannot be done", at);
  const refused = await carryOut(deps, tx, wake, row, { ...command, kind }, { actor: forgeUser(login), at });
  if (refused !== null) await announcePullRequest(tx, wake, row, at);
  return decide(tx, command, refused, at);
}

async function lockCommand(tx: Transaction, pullRequestId: string, commandId: string) {
  const row = await lockPullRequest(tx, pullRequestId);
  const [command] = await tx.select().from(pullRequestCommands).where(isCommand(pullRequestId, commandId));
  if (command === undefined) throw noCommand(commandId);
  return { row, command };
}

async function decide(tx: Transaction, { id }: CommandRow, refused: string | null, at: Date) {
  const state = refused === null ? ("done" as const) : ("refused" as const);
  const reason = refused === null ? null : refused.slice(0, 2_000);
  await tx
    .update(pullRequestCommands)
    .set({ state, reason, decidedAt: at })
    .where(eq(pullRequestCommands.id, id));
  return { state };
}

const isCommand = (pullRequestId: string, commandId: string) =>
  and(eq(pullRequestCommands.id, commandId), eq(pullRequestCommands.pullRequestId, pullRequestId));

function noCommand(id: string): SeatrialError {
  return new SeatrialError("not_found", `The pull request has no command "${id.slice(0, 40)}".`);
}
