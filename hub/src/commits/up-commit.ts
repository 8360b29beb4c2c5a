import type { Actor } from "@seatrial/contracts/actor.ts";
import { SeatrialError, statusOf } from "@seatrial/contracts/errors.ts";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Transaction } from "../database/database.ts";
import type { Wake } from "../database/transact.ts";
import { becomeHead } from "../pull-requests/become-head.ts";
import { notePullRequest } from "../pull-requests/note-pull-request.ts";
import type { CommitRow, PullRequestRow } from "../pull-requests/pull-request-row.ts";
import { bringCommitEnvironment } from "./commit-environment.ts";
import { projectOf, readCommit } from "./find-commit.ts";
import { commitIsOpen } from "./next-step.ts";
import { readRunsOf } from "./read-stand.ts";
import { isFromTheStart } from "./rerun-commit.ts";

/**
 * Brings the environments of the newest commit again, as they were tested; a commit that was stopped is begun again as
 * well, a fork's only once it is approved. Null: it is wanted; else why it cannot be, and nothing is written. The pull request must be locked.
 */
export async function upCommit(
  deps: HubDeps,
  tx: Transaction,
  wake: Wake,
  pullRequest: PullRequestRow,
  by: { actor: Actor; at: Date },
): Promise<string | null> {
  const commit = await readCommit(tx, pullRequest, pullRequest.headSha);
  if (!commitIsOpen(commit.state)) {
    const refused = await bringAgain(deps, tx, wake, pullRequest, commit, by);
    if (refused !== null) return refused;
  }
  await notePullRequest(tx, wake, pullRequest, by.at);
  return null;
}

async function bringAgain(
  deps: HubDeps,
  tx: Transaction,
  wake: Wake,
  pullRequest: PullRequestRow,
  commit: CommitRow,
  by: { actor: Actor; at: Date },
): Promise<string | null> {
  if (commit.state !== "ignored" && isFromTheStart(commit)) {
    await becomeHead(tx, wake, pullRequest, by.at);
    return null;
  }
  const names = await environmentsOf(tx, commit);
  const project = await projectOf(tx, pullRequest.projectId);
  try {
    await tx.transaction(async (inner) => {
      for (const name of names)
        await bringCommitEnvironment(
          deps,
          inner as Transaction,
          wake,
          project,
          { pullRequest, commit },
          name,
          by,
        );
    });
    return null;
  } catch (error) {
    if (error instanceof SeatrialError && statusOf(error.code) < 500) return error.message;
    throw error;
  }
}

async function environmentsOf(tx: Transaction, commit: CommitRow): Promise<string[]> {
  const asked = new Set((await readRunsOf(tx, commit)).map(({ name }) => name));
  const runs = (commit.configuration?.runs ?? []).filter(({ name }) => asked.has(name));
  return [...new Set(runs.flatMap(({ environment }) => environment ?? []))];
}
