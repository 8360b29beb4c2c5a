import { type CommitState, openCommitStates } from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { Verdict } from "@seatrial/contracts/runs/lifecycle.ts";
import { combineVerdicts } from "../planning/verdicts.ts";
import type { CommitRow, PullRequestRow } from "../pull-requests/pull-request-row.ts";
import { shortSha } from "./change-of.ts";
import { chooseRuns } from "./choose-runs.ts";
import type { Stand, StandingRun } from "./read-stand.ts";

export type Step =
  | { do: "end-commit"; sha: string; state: CommitState & ("superseded" | "cancelled"); reason: string }
  | { do: "cancel-run"; runId: string; reason: string }
  | { do: "remove-environment"; environmentId: string; reason: string }
  /** These runs of the configuration are wanted for the head commit, and nobody has asked for them. */
  | { do: "add-runs"; names: readonly string[] }
  /** All images of the head commit are there. */
  | { do: "begin" }
  | { do: "start-run"; name: string; attempt: number }
  | { do: "conclude"; verdict: Verdict };

/**
 * What is to be done next, from what stands alone; null: nothing. Each step changes what stands, so doing them one after
 * the other comes to an end, and one that was done before a crash is not done again.
 *
 * What ends comes first, and runs before environments: that is the hub's order of locks. Only then is anything begun.
 */
export function nextStep(stand: Stand, applying: Applying = () => []): Step | null {
  return (
    endOfCommit(stand) ??
    endOfRun(stand) ??
    endOfEnvironment(stand) ??
    (isWanted(stand) ? ahead(stand, applying) : null)
  );
}

/** Whether anything of it shall be in a cluster. */
function isWanted({ pullRequest: { state, wanted } }: Stand): boolean {
  return state === "open" && wanted;
}

function whyUnwanted({ state }: PullRequestRow): string {
  return state === "open" ? "the environment was taken down by hand" : `the pull request is ${state}`;
}

/** Why nothing of this commit shall go on; null: it may. */
function whyEnded(stand: Stand, sha: string | null): string | null {
  const { pullRequest } = stand;
  if (!isWanted(stand)) return whyUnwanted(pullRequest);
  return sha === pullRequest.headSha ? null : `commit ${shortSha(pullRequest.headSha)} came after it`;
}

function endOfCommit(stand: Stand): Step | null {
  for (const { sha } of stand.openCommits) {
    const reason = whyEnded(stand, sha);
    if (reason === null) continue;
    return { do: "end-commit", sha, state: isWanted(stand) ? "superseded" : "cancelled", reason };
  }
  return null;
}

function endOfRun(stand: Stand): Step | null {
  for (const { id: runId, sha, isCancelled } of stand.openRuns) {
    const reason = isCancelled ? null : whyEnded(stand, sha);
    if (reason !== null) return { do: "cancel-run", runId, reason };
  }
  return null;
}

function endOfEnvironment(stand: Stand): Step | null {
  const { pullRequest, environments } = stand;
  for (const { id: environmentId, name, isWanted: isThere } of environments) {
    if (!isThere) continue;
    const reason = isWanted(stand) ? whyNameless(stand, name) : whyUnwanted(pullRequest);
    if (reason !== null) return { do: "remove-environment", environmentId, reason };
  }
  return null;
}

/** A renamed environment: nothing would ever update it again. */
function whyNameless({ head }: Stand, name: string): string | null {
  const known = head?.configuration?.environments;
  if (head === null || !known || known.some((environment) => environment.name === name)) return null;
  return `commit ${shortSha(head.sha)} has no environment "${name}"`;
}

function ahead({ pullRequest, head, headRuns }: Stand, applying: Applying): Step | null {
  if (head === null) return null;
  const names = missingRuns(pullRequest, head, headRuns, applying);
  if (names.length > 0) return { do: "add-runs", names };
  if (head.state === "images") return isPinned(head) ? { do: "begin" } : null;
  if (head.state !== "running") return null;
  const next = headRuns.find(({ runId, refused }) => runId === null && refused === null);
  if (next !== undefined) return { do: "start-run", name: next.name, attempt: next.attempt };
  const verdict = combineVerdicts(headRuns.map(({ state }) => state ?? "errored"));
  return verdict === null ? null : { do: "conclude", verdict };
}

/**
 * Runs that apply by now: a draft that is ready, a label that was put on. Not for a commit that could not be tested at
 * all, nor for one that somebody stopped. Asked only when the forge told something since the last advance: comparing
 * thousands of paths is too much for every look.
 */
function missingRuns(
  pullRequest: PullRequestRow,
  head: CommitRow,
  headRuns: readonly StandingRun[],
  applying: Applying,
): string[] {
  const isNews = pullRequest.generation > pullRequest.advancedGeneration;
  const mayGrow = ["images", "running", "passed", "failed", "ignored"].includes(head.state);
  if (!isNews || !mayGrow) return [];
  const known = new Set(headRuns.map(({ name }) => name));
  return applying(pullRequest, head).filter((name) => !known.has(name));
}

/** Names of the runs that apply to a commit as the forge tells the pull request now. */
export type Applying = (pullRequest: PullRequestRow, head: CommitRow) => readonly string[];

/** Compares thousands of paths once for each telling of the forge, however many steps follow from it. */
export function rememberApplying(): Applying {
  let known: { key: string; names: readonly string[] } | null = null;
  return (pullRequest, { sha, configuration, changedFiles }) => {
    const key = `${pullRequest.generation} ${sha}`;
    if (known?.key === key) return known.names;
    const chosen = configuration ? chooseRuns(configuration, { ...pullRequest, changedFiles }) : [];
    known = { key, names: chosen.map(({ name }) => name) };
    return known.names;
  };
}

export function isPinned({ images }: Pick<CommitRow, "images">): boolean {
  return Object.values(images).every((digest) => digest !== null);
}

export function commitIsOpen(state: CommitState): boolean {
  return (openCommitStates as readonly CommitState[]).includes(state);
}
