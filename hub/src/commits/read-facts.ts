import type { PullRequestFacts } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { and, asc, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { isReportDue } from "../checks/read-report.ts";
import type { Queryable } from "../database/database.ts";
import { pullRequestCommands } from "../database/schema/pull-requests.ts";
import type { PullRequestRow } from "../pull-requests/pull-request-row.ts";
import { findPullRequest } from "./find-commit.ts";
import { nextLookSeconds } from "./image-pace.ts";
import { nextStep } from "./next-step.ts";
import { readStand, type Stand } from "./read-stand.ts";

/** What a pull request's workflow decides by: keys and times, no text of the project. Throws `not_found`. */
export async function readPullRequestFacts(
  deps: Pick<HubDeps, "database" | "clock">,
  pullRequestId: string,
): Promise<PullRequestFacts> {
  const pullRequest = await findPullRequest(deps.database, pullRequestId);
  const stand = await readStand(deps.database, pullRequest);
  const commands = await pendingCommands(deps.database, pullRequest);
  const advanceDue = pullRequest.generation > pullRequest.advancedGeneration || nextStep(stand) !== null;
  const reportDue = await isReportDue(deps.database, pullRequestId);
  const images = headIn(stand, "images");
  const isDone = commands.length === 0 && !advanceDue && !reportDue;
  return {
    id: pullRequest.id,
    isOver: pullRequest.state !== "open" && isDone && nothingIsLeft(stand),
    commands,
    fetch: headIn(stand, "fetching"),
    images,
    advanceDue,
    reportDue,
    lookInSeconds:
      images.length === 0 || stand.head === null
        ? null
        : // Due: it is being asked for, and what comes of that has the workflow look again.
          nextLookSeconds(stand.head, deps.clock.now()) || null,
  };
}

/** The head commit where it is in this state, and its pull request is open: nothing is done for any other. */
function headIn({ pullRequest, head }: Stand, state: "fetching" | "images"): string[] {
  const isWanted = pullRequest.state === "open" && pullRequest.wanted;
  return isWanted && head?.state === state ? [head.sha] : [];
}

function nothingIsLeft({ openRuns, environments }: Stand): boolean {
  return openRuns.length === 0 && environments.length === 0;
}

/** One at a time: what somebody wrote first is done first. */
async function pendingCommands(
  queryable: Queryable,
  { id: pullRequestId }: PullRequestRow,
): Promise<string[]> {
  const { id, state, createdAt } = pullRequestCommands;
  const rows = await queryable
    .select({ id })
    .from(pullRequestCommands)
    .where(and(eq(pullRequestCommands.pullRequestId, pullRequestId), eq(state, "pending")))
    .orderBy(asc(createdAt), asc(id))
    .limit(1);
  return rows.map((row) => row.id);
}
