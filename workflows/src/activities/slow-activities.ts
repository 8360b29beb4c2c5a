import { Context } from "@temporalio/activity";
import { ForgeError } from "../github/forge-error.ts";
import { createCourtesy } from "../pull-request/courtesy.ts";
import { fetchCommit } from "../pull-request/fetch-commit.ts";
import { findImages } from "../pull-request/find-images.ts";
import { judgeCommand } from "../pull-request/judge-command.ts";
import { createRefusals, isRefusal, refusalSeconds } from "../pull-request/refusals.ts";
import type { StepAnswer } from "../pull-request/slow-steps.ts";
import { tellForge } from "../pull-request/tell-forge.ts";
import { sweepRepository } from "../repository/sweep-repository.ts";
import type { SlowActivityDeps, StepDeps } from "./step-deps.ts";

/** Steps that ask forges and registries. Each may be done again after a crash in the middle. */
export type SlowActivities = {
  judgeCommand: (pullRequestId: string, commandId: string) => Promise<StepAnswer>;
  fetchCommit: (pullRequestId: string, sha: string) => Promise<StepAnswer>;
  findImages: (pullRequestId: string, sha: string) => Promise<StepAnswer>;
  tellForge: (pullRequestId: string) => Promise<StepAnswer>;
  sweepRepository: (repositoryId: string) => Promise<StepAnswer>;
};

const beatMilliseconds = 5_000;

/** They answer when to try again instead of failing, so that a workflow's history stays short and plain. */
export function createSlowActivities(options: SlowActivityDeps): SlowActivities {
  const { clock } = options;
  const deps = { ...options, courtesy: createCourtesy(clock), refusals: createRefusals(clock) };
  return {
    judgeCommand: (id, commandId) =>
      step(deps, { id, commandId }, (with_) => judgeCommand(with_, id, commandId)),
    fetchCommit: (id, sha) => step(deps, { id, sha }, (with_) => fetchCommit(with_, id, sha)),
    findImages: (id, sha) => step(deps, { id, sha }, (with_) => findImages(with_, id, sha)),
    tellForge: (id) => step(deps, { id }, (with_) => tellForge(with_, id)),
    // News of a repository are few, and one of them is that the App was installed.
    sweepRepository: (id) => step(deps, { id }, (with_) => sweepRepository(with_, id), true),
  };
}

async function step(
  deps: SlowActivityDeps & Pick<StepDeps, "courtesy" | "refusals">,
  about: object,
  work: (deps: StepDeps) => Promise<StepAnswer>,
  soonerAtNews = false,
): Promise<StepAnswer> {
  const context = Context.current();
  const signal = context.cancellationSignal;
  const beats = setInterval(() => context.heartbeat(), beatMilliseconds);
  try {
    return await work({ ...deps, signal, withRepository: asks(deps, signal) });
  } catch (error) {
    const { activityType } = context.info;
    const answer = answerOf(error, soonerAtNews);
    deps.logger.warn(
      { ...about, step: activityType, error: String(error), ...answer },
      "a step is to be done again",
    );
    return answer;
  } finally {
    clearInterval(beats);
  }
}

/** What the forge denies is also said where people look for it: at the repository. */
function asks(deps: SlowActivityDeps, signal: AbortSignal): StepDeps["withRepository"] {
  return async (place, work) => {
    try {
      if (deps.github === null) throw new ForgeError("denied", noApp, { retryInSeconds: noAppSeconds });
      return await deps.github.withRepository(place, signal, work);
    } catch (error) {
      if (error instanceof ForgeError && error.kind === "denied") {
        const askedAt = new Date(deps.clock.now()).toISOString();
        const nothing = { askedAt, installationId: null, pullRequests: [], comments: [] };
        await deps.hub.noteSeen(place.repositoryId, { ...nothing, problem: error.message.slice(0, 500) });
      }
      throw error;
    }
  };
}

const noApp =
  "the worker has no GitHub App: set SEATRIAL_GITHUB_APP_ID and SEATRIAL_GITHUB_PRIVATE_KEY_FILE where it runs";

/** Nobody is asked meanwhile. */
const noAppSeconds = 60;

function answerOf(error: unknown, soonerAtNews: boolean): StepAnswer {
  if (isRefusal(error)) return { done: false, retryInSeconds: refusalSeconds, soonerAtNews };
  return { done: false, retryInSeconds: error instanceof ForgeError ? error.retryInSeconds : null };
}
