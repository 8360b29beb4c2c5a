import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import type { giveCommandSchema } from "@seatrial/contracts/pull-requests/command.ts";
import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { z } from "zod";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import type { Transaction } from "../database/database.ts";
import { pullRequestCommands } from "../database/schema/pull-requests.ts";
import { transact } from "../database/transact.ts";
import { carryOut, type PermittedCommand } from "./carry-out.ts";
import { findPullRequest, readPullRequest } from "./find-pull-request.ts";
import { lockPullRequest } from "./lock-pull-request.ts";
import type { PullRequestRow } from "./pull-request-row.ts";

/**
 * Does a command of somebody with a token at once. Throws `not_found`, `conflict` with why it cannot be done (nothing is
 * written then), and as the start of a run.
 */
export async function giveCommand(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  pullRequestId: string,
  { kind, argument }: z.infer<typeof giveCommandSchema>,
): Promise<PullRequest> {
  const give = ({ headSha: sha, baseBranch }: PullRequestRow) => {
    return { kind, argument, sha, baseBranch, source: "api" as const };
  };
  return command(deps, caller, project, pullRequestId, give);
}

/**
 * Lets this head commit of a fork be applied and run, and no other. The same again changes nothing. Throws `not_found`,
 * and `conflict` when another commit is the newest by now.
 */
export async function approvePullRequest(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  pullRequestId: string,
  sha: string,
): Promise<PullRequest> {
  return command(deps, caller, project, pullRequestId, ({ baseBranch }) => ({
    kind: "approve",
    argument: sha,
    sha,
    baseBranch,
    source: "api",
  }));
}

async function command(
  deps: HubDeps,
  { actor }: Caller,
  project: ProjectRow,
  pullRequestId: string,
  give: (row: PullRequestRow) => PermittedCommand,
): Promise<PullRequest> {
  await findPullRequest(deps.database, project, pullRequestId);
  const at = deps.clock.now();
  await transact(deps, async (tx, wake) => {
    const row = await lockPullRequest(tx, pullRequestId);
    const given = give(row);
    const refused = await carryOut(deps, tx, wake, row, given, { actor, at });
    if (refused !== null) throw new SeatrialError("conflict", `It cannot be done: ${refused}.`);
    await writeDone(tx, row, given, actor.name, at);
  });
  return readPullRequest(deps.database, project, pullRequestId);
}

async function writeDone(
  tx: Transaction,
  { id: pullRequestId, projectId }: PullRequestRow,
  given: PermittedCommand,
  login: string,
  at: Date,
): Promise<void> {
  await tx.insert(pullRequestCommands).values({
    ...{ id: newId("command"), pullRequestId, projectId, ...given, login },
    ...{ state: "done", createdAt: at, decidedAt: at },
  });
}
