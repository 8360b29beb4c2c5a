import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { RepositoryPlace } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import type { GitHub, RepositoryForge } from "../github/create-github.ts";
import type { WorkerHub } from "../hub/worker-hub.ts";
import type { Courtesy } from "../pull-request/courtesy.ts";
import type { Refusals } from "../pull-request/refusals.ts";
import type { StepAnswer } from "../pull-request/slow-steps.ts";
import type { Registry } from "../registry/create-registry.ts";

export type SlowActivityDeps = {
  hub: WorkerHub;
  /** Null: this worker has no App. */
  github: GitHub | null;
  registry: Registry;
  clock: Clock;
  logger: Logger;
};

/** What a step is done with. */
export type StepDeps = SlowActivityDeps & {
  courtesy: Courtesy;
  refusals: Refusals;
  /** Aborts when the step's time is up or the worker ends. */
  signal: AbortSignal;
  /** Does work with a repository of the forge; see `GitHub`. */
  withRepository: <Answer>(
    place: RepositoryPlace,
    work: (forge: RepositoryForge) => Promise<Answer>,
  ) => Promise<Answer>;
};

export const done: StepAnswer = { done: true, retryInSeconds: null };
