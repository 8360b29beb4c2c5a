import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { PullRequestReport } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import type { Queryable } from "../database/database.ts";
import { commitWorlds } from "./commit-worlds.ts";
import { drawCheck } from "./draw-check.ts";
import { drawComment } from "./draw-comment.ts";
import { drawDeployments } from "./draw-deployments.ts";
import { readWorld } from "./read-world.ts";
import type { ReportWorld } from "./report-world.ts";

/**
 * What the forge shall show of a pull request and does not show yet, by what it was last told. Drawn from rows alone: the
 * same rows are the same report, at any time and in any replica. Throws `not_found` also for one whose repository is not
 * connected any more.
 */
export async function readReport(queryable: Queryable, pullRequestId: string): Promise<PullRequestReport> {
  const world = await readWorld(queryable, pullRequestId);
  if (world === null)
    throw new SeatrialError(
      "not_found",
      `There is no pull request "${pullRequestId.slice(0, 40)}" of a connected repository.`,
    );
  return drawReport(world);
}

/**
 * Whether `readReport` has something to tell. For the facts of a pull request's workflow: it follows from what stands,
 * not from what was noted.
 */
export async function isReportDue(queryable: Queryable, pullRequestId: string): Promise<boolean> {
  const world = await readWorld(queryable, pullRequestId);
  if (world === null) return false;
  const { checks, comment, deployments } = drawReport(world);
  return checks.length > 0 || comment !== null || deployments.length > 0;
}

export function drawReport(world: ReportWorld): PullRequestReport {
  const { repository, pullRequest, environments } = world;
  const { id: repositoryId, name, installationId } = repository;
  const told = new Map(world.commits.map(({ sha, checkDigest }) => [sha, checkDigest]));
  const toldEnvironments = new Map(environments.map((one) => [one.environmentId, one.deploymentDigest]));
  const comment = drawComment(world);
  return {
    repository: { repositoryId, name, installationId },
    number: pullRequest.number,
    checks: commitWorlds(world)
      .filter(({ commit }) => !commit.isFinal)
      .flatMap((commit) => drawCheck(commit, world) ?? [])
      .filter(({ sha, digest }) => told.get(sha) !== digest),
    comment: comment?.digest === pullRequest.commentDigest ? null : comment,
    deployments: drawDeployments(world).filter(
      ({ environmentId, digest }) => toldEnvironments.get(environmentId) !== digest,
    ),
  };
}
