import type { Actor } from "@seatrial/contracts/actor.ts";
import { parseDurationSeconds } from "@seatrial/contracts/configuration/quantities.ts";
import { type CommandKind, isExtension } from "@seatrial/contracts/pull-requests/command.ts";
import { eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import { rerunCommit } from "../commits/rerun-commit.ts";
import { upCommit } from "../commits/up-commit.ts";
import type { Transaction } from "../database/database.ts";
import { pullRequests } from "../database/schema/pull-requests.ts";
import type { Wake } from "../database/transact.ts";
import { approveCommit, isApproveLabel } from "./approve-commit.ts";
import { keepLonger } from "./keep-longer.ts";
import { notePullRequest } from "./note-pull-request.ts";
import type { CommandRow, PullRequestRow } from "./pull-request-row.ts";

export type PermittedCommand = Pick<CommandRow, "argument" | "sha" | "baseBranch" | "source"> & {
  kind: CommandKind;
};

/**
 * Does what somebody asked for who may. Null: it is done; else why it is not, and nothing is written. The pull request
 * must be locked. Throws as the start of a run.
 */
export async function carryOut(
  deps: HubDeps,
  tx: Transaction,
  wake: Wake,
  row: PullRequestRow,
  command: PermittedCommand,
  by: { actor: Actor; at: Date },
): Promise<string | null> {
  if (row.state !== "open") return `pull request #${row.number} is ${row.state}`;
  const { kind } = command;
  switch (kind) {
    case "up":
    case "down":
      return setWanted(deps, tx, wake, row, command, by);
    case "rerun":
      return (
        isOvertaken(row, command) ??
        (await audited(tx, row, kind, by, () => rerunCommit(deps, tx, wake, row, by)))
      );
    case "extend":
      return extend(tx, wake, row, command.argument ?? "", by);
    case "approve":
      return approve(tx, wake, row, command, by);
  }
}

async function setWanted(
  deps: HubDeps,
  tx: Transaction,
  wake: Wake,
  row: PullRequestRow,
  command: PermittedCommand,
  by: { actor: Actor; at: Date },
): Promise<string | null> {
  const wanted = command.kind === "up";
  // A later commit brings the environment again, also when it was faster than the word of who asked.
  const overtaken = wanted ? null : isOvertaken(row, command);
  if (overtaken !== null) return overtaken;
  return audited(tx, row, command.kind, by, async () => {
    const refused = wanted ? await upCommit(deps, tx, wake, { ...row, wanted }, by) : null;
    if (refused !== null) return refused;
    await tx.update(pullRequests).set({ wanted }).where(eq(pullRequests.id, row.id));
    await notePullRequest(tx, wake, row, by.at);
    return null;
  });
}

async function extend(
  tx: Transaction,
  wake: Wake,
  row: PullRequestRow,
  argument: string,
  by: { actor: Actor; at: Date },
): Promise<string | null> {
  const seconds = parseDurationSeconds(argument);
  if (seconds === null || !isExtension(argument)) return "write how long, from 1m to 336h, as in 4h";
  // The audit has an entry of each environment.
  const refused = await keepLonger(tx, wake, row, seconds, by);
  if (refused === null) await notePullRequest(tx, wake, row, by.at);
  return refused;
}

async function approve(
  tx: Transaction,
  wake: Wake,
  row: PullRequestRow,
  command: PermittedCommand,
  by: { actor: Actor; at: Date },
): Promise<string | null> {
  const { argument, source } = command;
  if (source === "label" && !row.labels.some(isApproveLabel)) return "the label was taken off again";
  return isElsewhere(row, command) ?? approveCommit(tx, wake, row, argument ?? "", by);
}

/** Who approved had the base in view, whose configuration counts for a fork. */
function isElsewhere(
  { fork, baseBranch: now }: PullRequestRow,
  { baseBranch: then }: PermittedCommand,
): string | null {
  if (!fork || then === now) return null;
  return then === null
    ? `it came late, and the base may have been another one than ${now} then: look at it, then approve it again`
    : `it goes to ${now} by now, not to ${then}: look at it, then approve it again`;
}

function isOvertaken({ headSha }: PullRequestRow, { sha }: PermittedCommand): string | null {
  return sha === headSha ? null : `commit ${headSha.slice(0, 12)} came in between`;
}

async function audited(
  tx: Transaction,
  { id: subject, projectId, number, headSha: sha }: PullRequestRow,
  kind: CommandKind,
  { actor, at }: { actor: Actor; at: Date },
  work: () => Promise<string | null>,
): Promise<string | null> {
  const refused = await work();
  if (refused !== null) return refused;
  await writeAudit(tx, {
    projectId,
    at,
    actor,
    action: `pull_request.${kind}`,
    subject,
    data: { number, sha },
  });
  return null;
}
