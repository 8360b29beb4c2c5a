import type { CommitState } from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { CheckReport } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { sumCounts } from "../results/count-results.ts";
import { describeCounts } from "./describe-counts.ts";
import { positionText } from "./environment-lines.ts";
import type { SameCommit, ShownCommit, ShownEnvironment, ShownRun } from "./report-world.ts";
import { plain } from "./safe-markdown.ts";

/** A commit with what belongs to it. */
export type CommitWorld = {
  readonly commit: ShownCommit;
  readonly runs: readonly ShownRun[];
  /** Those that stand at this commit, and were not recreated since; by name. */
  readonly environments: readonly ShownEnvironment[];
  /** The one that came after it; null: it is the newest. */
  readonly next: string | null;
  readonly isFork: boolean;
  /** The newest one of a pull request that is open. */
  readonly isHead: boolean;
  /** The same commit as other pull requests have it. */
  readonly elsewhere: readonly SameCommit[];
};

const conclusions = {
  approval_needed: "action_required",
  fetching: null,
  images: null,
  running: null,
  passed: "success",
  failed: "failure",
  errored: "failure",
  cancelled: "cancelled",
  superseded: "cancelled",
  ignored: "neutral",
} as const satisfies Record<CommitState, CheckReport["conclusion"]>;

/** How a commit's state reads after its name. */
export const commitWords: Record<CommitState, string> = {
  approval_needed: "waits for an approval",
  fetching: "is read",
  images: "waits for images",
  running: "is under test",
  passed: "passed",
  failed: "failed",
  errored: "could not be told",
  cancelled: "was cancelled",
  superseded: "was overtaken",
  ignored: "has nothing to test",
};

/** How a commit stands in its pull request. The title is plain text of at most 255 characters and changes with states alone. */
export function checkState(world: CommitWorld): Pick<CheckReport, "status" | "conclusion" | "title"> {
  return stateAs(world.commit.state, plain(titleOf(world), 250));
}

/** A check of this state, whatever its title says. */
export function stateAs(
  state: CommitState,
  title: string,
): Pick<CheckReport, "status" | "conclusion" | "title"> {
  const conclusion = conclusions[state];
  if (conclusion !== null) return { status: "completed", conclusion, title };
  return { status: state === "fetching" ? "queued" : "in_progress", conclusion, title };
}

function titleOf(world: CommitWorld): string {
  const { commit, next } = world;
  switch (commit.state) {
    case "approval_needed":
      return "Somebody with write access must approve this commit";
    case "fetching":
      return "Reading the commit";
    case "images":
      return "Waiting for images";
    case "running":
      return phaseOf(world);
    case "passed":
    case "failed":
      return verdictTitle(world, commit.state);
    case "errored":
      return `Could not tell: ${causeOf(world)}`;
    case "cancelled":
      return commit.reason === null ? "Cancelled" : `Cancelled: ${commit.reason}`;
    case "superseded":
      return next === null ? "A newer commit came first" : `Commit ${next.slice(0, 7)} came first`;
    case "ignored":
      return commit.reason === null ? "No run applies to this change" : `Nothing to test: ${commit.reason}`;
  }
}

function verdictTitle({ runs }: CommitWorld, state: "passed" | "failed"): string {
  const counts = describeCounts(sumCounts(runs.map((run) => run.counts)));
  const isRed = (suite: { state: string }) => suite.state === "failed" || suite.state === "errored";
  const apart = runs.flatMap(({ suites }) => suites.filter((suite) => suite.optional && isRed(suite)));
  const notes = apart.map(({ name, state: end }) => `; ${name} ${end}, and is optional`);
  return `${counts ?? (state === "passed" ? "Passed" : "Failed")}${notes.join("")}`;
}

function causeOf({ commit, runs }: CommitWorld): string {
  const errored = runs.find(({ run }) => run?.state === "errored");
  const refused = runs.find(({ run, reason }) => run === null && reason !== null);
  return commit.reason ?? errored?.run?.reason ?? refused?.reason ?? "see below";
}

/** What it is at, and no more: a check that told each shard would be told to the forge hundreds of times. */
function phaseOf({ environments, runs }: CommitWorld): string {
  const waiting = environments.find(({ queuePosition }) => queuePosition !== null);
  if (waiting?.queuePosition)
    return `Waiting for the project's quota of environments, ${positionText(waiting.queuePosition)}`;
  if (environments.some(({ state }) => state === "requested")) return "Waiting for a cluster";
  if (environments.some(({ state }) => state === "placed" || state === "creating"))
    return "Making the environment";
  if (environments.some(({ state }) => state === "updating"))
    return "Bringing the environment to this commit";
  return runs.some(({ run }) => run !== null) ? "Testing" : "Starting";
}
