import type { Reported } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { and, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Transaction } from "../database/database.ts";
import {
  pullRequestCommits,
  pullRequestEnvironments,
  pullRequests,
} from "../database/schema/pull-requests.ts";
import { transact } from "../database/transact.ts";
import { lockPullRequest } from "../pull-requests/lock-pull-request.ts";

/**
 * Keeps what the forge now shows, so that it is not told again and is found again. What is not the pull request's changes
 * nothing; a repeat neither. Throws `not_found`.
 */
export async function noteReported(deps: HubDeps, pullRequestId: string, reported: Reported): Promise<void> {
  await transact(deps, async (tx) => {
    const { id } = await lockPullRequest(tx, pullRequestId);
    await noteChecks(tx, id, reported.checks);
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
