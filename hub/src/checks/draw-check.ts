import { openCommitStates } from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { CheckReport } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { annotationsOf } from "./annotations.ts";
import type { CommitWorld } from "./check-state.ts";
import { checkSummary } from "./check-summary.ts";
import { digestOf } from "./digest.ts";
import { fitBytes } from "./fit-bytes.ts";
import type { ReportWorld, ShownCommit } from "./report-world.ts";
import { sharedState } from "./shared-state.ts";

/** As people find it among a commit's checks, and name it in branch rules. */
export const checkName = "Seatrial";

/**
 * The check of one commit, or null where the forge shall be told nothing: it has no `seatrial.yaml`, or that is not
 * known yet. A check that was made is always brought to its end.
 */
export function drawCheck(
  world: CommitWorld,
  about: Pick<ReportWorld, "repository" | "pullRequest">,
): CheckReport | null {
  const { commit, runs, environments, isFork } = world;
  if (commit.checkRunId === null && !isToldOf(commit)) return null;
  const state = sharedState(world);
  const isOver = state.status === "completed" && commit.state !== "approval_needed";
  const { annotations, more } = isOver
    ? annotationsOf(commit, commit.state === "superseded" ? [] : runs, environments, isFork)
    : { annotations: [], more: 0 };
  const drawn = {
    ...state,
    sha: commit.sha,
    externalId: `${about.pullRequest.id}/${commit.sha}`,
    name: checkName,
    summary: fitBytes(checkSummary(world, about, more)),
    text: null,
    annotations,
    startedAt: commit.createdAt.toISOString(),
    completedAt: state.conclusion === null ? null : (commit.endedAt ?? commit.createdAt).toISOString(),
  };
  return { ...drawn, checkRunId: commit.checkRunId, digest: digestOf(drawn, isForGood(world)) };
}

/** Whether there is something to test in it, as far as is known. */
function isToldOf({ state, hasConfiguration, problems }: ShownCommit): boolean {
  if (state === "approval_needed" || state === "errored" || hasConfiguration) return true;
  return problems.length > 0;
}

/** Over, overtaken, nobody else's newest one, and without an environment whose end it would tell. */
function isForGood({ commit, environments, next, elsewhere }: CommitWorld): boolean {
  const isOpen = openCommitStates.some((state) => state === commit.state);
  return (
    !isOpen &&
    next !== null &&
    elsewhere.length === 0 &&
    environments.every(({ state }) => state === "deleted")
  );
}
