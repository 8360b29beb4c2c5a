/**
 * The states of an environment. `placed`: its cluster is chosen, for good. `failed`: it could not be made or broke for
 * good, and waits for its removal. `stuck`: its removal waits for something that is named in `blockers`.
 */
export const environmentStates = [
  "requested",
  "placed",
  "creating",
  "ready",
  "updating",
  "sleeping",
  "failed",
  "deleting",
  "stuck",
  "deleted",
] as const;
export type EnvironmentState = (typeof environmentStates)[number];

/** The only steps there are; the hub refuses any other, and one test walks the table. */
export const environmentTransitions: Record<EnvironmentState, readonly EnvironmentState[]> = {
  requested: ["placed", "failed", "deleting", "deleted"],
  placed: ["creating", "failed", "deleting"],
  creating: ["ready", "failed", "deleting"],
  ready: ["updating", "sleeping", "failed", "deleting"],
  updating: ["ready", "sleeping", "failed", "deleting"],
  sleeping: ["updating", "ready", "failed", "deleting"],
  failed: ["updating", "deleting"],
  deleting: ["stuck", "deleted"],
  stuck: ["deleting", "deleted"],
  deleted: [],
};

/** What somebody asked for last: a present, a sleeping or a removed environment. `gone` is never taken back. */
export const environmentWishes = ["present", "sleeping", "gone"] as const;
export type EnvironmentWish = (typeof environmentWishes)[number];

/** `prove` probes the endpoints again and gathers what went wrong since a time; it changes nothing. */
export const operationKinds = ["up", "update", "sleep", "wake", "prove", "down"] as const;
export type OperationKind = (typeof operationKinds)[number];

/** `lost`: its lease ran out; the same operation may be started again by another process once the Lease allows. */
export const operationStates = ["queued", "leased", "succeeded", "failed", "lost", "cancelled"] as const;
export type OperationState = (typeof operationStates)[number];

/** True when nothing of it is in any cluster any more. */
export function environmentIsGone(state: EnvironmentState): boolean {
  return state === "deleted";
}

export function operationIsOver(state: OperationState): boolean {
  return state !== "queued" && state !== "leased";
}

/**
 * Why an operation failed: a closed set. True: trying again may help without anybody changing anything.
 * `deadline` is the program's own limit; `not_ready` the template's.
 */
export const operationFailures = {
  template_invalid: false,
  render_failed: false,
  object_refused: false,
  foreign_object: false,
  apply_refused: false,
  not_ready: false,
  not_proved: false,
  deadline: false,
  content_missing: false,
  state_unreadable: false,
  provider_missing: false,
  cancelled: false,
  lock_held: true,
  cluster_unreachable: true,
  engine_failed: true,
  lost: true,
  blocked: true,
  internal: true,
} as const;
export type OperationFailureCode = keyof typeof operationFailures;
