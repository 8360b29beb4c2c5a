import type { Reported } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { and, eq, inArray, ne } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Transaction } from "../database/database.ts";
import {
  pullRequestCommits,
  pullRequestEnvironments,
  pullRequests,
} from "../database/schema/pull-requests.ts";
import { transact, type Wake } from "../database/transact.ts";
import { lockPullRequest } from "../pull-requests/lock-pull-request.ts";
import { announcePullRequest } from "../pull-requests/note-pull-request.ts";
import type { PullRequestRow } from "../pull-requests/pull-request-row.ts";

/**
 * Keeps what the forge now shows, so that it is not told again and is found again. What is not the pull request's changes
 * nothing; a repeat neither. Throws `not_found`.
 */
export async function noteReported(deps: HubDeps, pullRequestId: string, reported: Reported): Promise<void> {
  await transact(deps, async (tx, wake) => {
    const row = await lockPullRequest(tx, pullRequestId);
    const { id } = row;
    await noteChecks(tx, id, reported.checks);
    const shas = reported.checks.map(({ sha }) => sha);
    await announceSameCommits(tx, wake, row, shas, deps.clock.now());
    await noteDeployments(tx, id, reported.deployments);
    if (reported.comment === null) return;
    const { commentId, digest } = reported.comment;
    await tx.update(pullRequests).set({ commentId, commentDigest: digest }).where(eq(pullRequests.id, id));
  });
}

async function noteChecks(tx: Transaction, id: string, checks: Reported["checks"]): Promise<void> {
  const { pullRequestId, sha } = pullRequestCommits;
  for (const { sha: commit, checkRunId, digest } of checks)
    await tx
      .update(pullRequestCommits)
      .set({ checkRunId, checkDigest: digest })
      .where(and(eq(pullRequestId, id), eq(sha, commit)));
}

/**
 * Has those look that have one of these commits as their newest: their checks say the worst of all. It comes to an end,
 * for a check is only told where it changed, and what it says of others follows from their states, not from their checks.
 */
async function announceSameCommits(
  tx: Transaction,
  wake: Wake,
  { id, repositoryId, projectId }: PullRequestRow,
  shas: string[],
  at: Date,
): Promise<void> {
  if (shas.length === 0) return;
  const others = await tx
    .select({ id: pullRequests.id })
    .from(pullRequests)
    .where(
      and(
        eq(pullRequests.repositoryId, repositoryId),
        eq(pullRequests.projectId, projectId),
        inArray(pullRequests.headSha, shas),
        ne(pullRequests.id, id),
      ),
    );
  for (const other of others) await announcePullRequest(tx, wake, { ...other, projectId }, at);
}

async function noteDeployments(
  tx: Transaction,
  id: string,
  deployments: Reported["deployments"],
): Promise<void> {
  const { pullRequestId, environmentId } = pullRequestEnvironments;
  for (const { environmentId: environment, sha, deploymentId, digest } of deployments)
    await tx
      .update(pullRequestEnvironments)
      .set({ deploymentId, deploymentSha: sha, deploymentDigest: digest })
      .where(and(eq(pullRequestId, id), eq(environmentId, environment)));
}
