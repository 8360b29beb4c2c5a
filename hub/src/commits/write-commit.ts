import type { CommitState } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { and, eq, isNull, max } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { pullRequestCommits, pullRequestRuns } from "../database/schema/pull-requests.ts";
import type { CommitRow } from "../pull-requests/pull-request-row.ts";
import { cutOrNull } from "../reports/safe-text.ts";
import { whereCommit } from "./find-commit.ts";

type Commit = Pick<CommitRow, "pullRequestId" | "sha">;

/** Ends a commit; what was not asked for yet never will be, and says why. The pull request must be locked. */
export async function endCommit(
  tx: Transaction,
  commit: Commit,
  end: { state: CommitState; reason: string | null; problems?: CommitRow["problems"] },
  at: Date,
): Promise<void> {
  const reason = cutOrNull(end.reason, 2_000);
  await tx
    .update(pullRequestCommits)
    .set({ ...end, reason, endedAt: at })
    .where(whereCommit(commit));
  const { pullRequestId, sha, runId, reason: refused } = pullRequestRuns;
  await tx
    .update(pullRequestRuns)
    .set({ reason: reason ?? end.state })
    .where(and(eq(pullRequestId, commit.pullRequestId), eq(sha, commit.sha), isNull(runId), isNull(refused)));
}

/** Wants another attempt of these runs of the configuration. The pull request must be locked. */
export async function wantRuns(
  tx: Transaction,
  commit: Commit & Pick<CommitRow, "projectId">,
  names: readonly string[],
  { onlyFailed, at }: { onlyFailed: boolean; at: Date },
): Promise<void> {
  if (names.length === 0) return;
  const { pullRequestId, sha, name, attempt } = pullRequestRuns;
  const known = await tx
    .select({ name, last: max(attempt) })
    .from(pullRequestRuns)
    .where(and(eq(pullRequestId, commit.pullRequestId), eq(sha, commit.sha)))
    .groupBy(name);
  const last = new Map(known.map((row) => [row.name, row.last ?? 0]));
  const common = {
    pullRequestId: commit.pullRequestId,
    projectId: commit.projectId,
    sha: commit.sha,
    onlyFailed,
    createdAt: at,
  };
  await tx
    .insert(pullRequestRuns)
    .values(names.map((one) => ({ ...common, name: one, attempt: (last.get(one) ?? 0) + 1 })));
}
