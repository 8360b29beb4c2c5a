/**
 * The states of a run, of a suite inside it, of a shard and of an attempt. Each has one transition table; the hub
 * refuses any other step, and one test walks the tables.
 *
 * A run is `queued` until it is planned, `running` while a shard is open, and ends with a verdict.
 * An attempt is one try at a shard in one cluster. `lost` means that its lease ran out.
 */
export const runStates = ["queued", "running", "passed", "failed", "errored", "cancelled"] as const;
export type RunState = (typeof runStates)[number];
export const verdicts = ["passed", "failed", "errored", "cancelled"] as const;
export type Verdict = (typeof verdicts)[number];

export const suiteStates = [
  "queued",
  "listing",
  "running",
  "passed",
  "failed",
  "errored",
  "cancelled",
] as const;
export type SuiteState = (typeof suiteStates)[number];

export const shardStates = ["queued", "running", "passed", "failed", "errored", "cancelled"] as const;
export type ShardState = (typeof shardStates)[number];

export const attemptStates = [
  "queued",
  "leased",
  "starting",
  "running",
  "passed",
  "failed",
  "errored",
  "cancelled",
  "lost",
] as const;
export type AttemptState = (typeof attemptStates)[number];

export const runTransitions: Record<RunState, readonly RunState[]> = {
  queued: ["running", "errored", "cancelled"],
  running: ["passed", "failed", "errored", "cancelled"],
  passed: [],
  failed: [],
  errored: [],
  cancelled: [],
};

/**
 * `leased → queued` is a lost hand-off: never acknowledged, so it costs no retry. `failed → errored`, before it is
 * settled, when the environment under the tests broke meanwhile: then they say nothing about the change.
 */
export const attemptTransitions: Record<AttemptState, readonly AttemptState[]> = {
  queued: ["leased", "cancelled", "errored"],
  leased: ["queued", "starting", "running", "passed", "failed", "errored", "cancelled", "lost"],
  starting: ["running", "passed", "failed", "errored", "cancelled", "lost"],
  running: ["passed", "failed", "errored", "cancelled", "lost"],
  passed: [],
  failed: ["errored"],
  errored: [],
  cancelled: [],
  lost: [],
};

/** True when the run has its verdict. */
export function runIsOver(state: RunState): boolean {
  return runTransitions[state].length === 0;
}

/** True when the suite, inside its run, has its verdict. */
export function suiteIsOver(state: SuiteState): boolean {
  return state !== "queued" && state !== "listing" && state !== "running";
}
