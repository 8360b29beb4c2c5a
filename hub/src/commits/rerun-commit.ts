import type { Actor } from "@seatrial/contracts/actor.ts";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Transaction } from "../database/database.ts";
import { pullRequestCommits } from "../database/schema/pull-requests.ts";
import type { Wake } from "../database/transact.ts";
import { becomeHead } from "../pull-requests/become-head.ts";
import { notePullRequest } from "../pull-requests/note-pull-request.ts";
import type { CommitRow, PullRequestRow } from "../pull-requests/pull-request-row.ts";
import { shortSha } from "./change-of.ts";
import { readCommit, whereCommit } from "./find-commit.ts";
import { commitIsOpen, isPinned } from "./next-step.ts";
import { readRunsOf } from "./read-stand.ts";
import { wantRuns } from "./write-commit.ts";

/**
 * What was not green of the newest commit once more: of each such run the red cases; all of a commit that was never
 * begun or was stopped, a fork's only once it is approved. An environment that is gone by now is brought again. Null: it is wanted, and `advance` begins
 * it; else why it is not. The pull request must be locked.
 */
export async function rerunCommit(
  _deps: HubDeps,
  tx: Transaction,
  wake: Wake,
  pullRequest: PullRequestRow,
  { at }: { actor: Actor; at: Date },
): Promise<string | null> {
  const commit = await readCommit(tx, pullRequest, pullRequest.headSha);
  const refused = whyNot(pullRequest, commit);
  if (refused !== null) return refused;
  const red = (await readRunsOf(tx, commit)).filter(({ state }) => state !== "passed");
  if (isFromTheStart(commit) || red.length === 0) await becomeHead(tx, wake, pullRequest, at);
  else {
    const names = red.map(({ name }) => name);
    await wantRuns(tx, commit, names, { onlyFailed: true, at });
    await tx
      .update(pullRequestCommits)
      .set({ state: "running", reason: null, endedAt: null })
      .where(whereCommit(commit));
  }
  await notePullRequest(tx, wake, pullRequest, at);
  return null;
}

function whyNot({ state, wanted, number }: PullRequestRow, commit: CommitRow): string | null {
  const name = `commit ${shortSha(commit.sha)}`;
  if (state !== "open") return `pull request #${number} is ${state}`;
  if (!wanted) return "its environment was taken down: bring it again first (/seatrial up)";
  if (commitIsOpen(commit.state)) return `${name} is not done yet: wait for its verdict`;
  if (commit.state === "passed") return `nothing of ${name} failed`;
  if (commit.state === "ignored") return `${name} has no run: ${commit.reason ?? "none applies"}`;
  return null;
}

/** It was stopped, or failed before any of its runs could begin: for its content, its configuration, an image. */
export function isFromTheStart(commit: CommitRow): boolean {
  return commit.state === "cancelled" || !commit.configuration || !isPinned(commit);
}
