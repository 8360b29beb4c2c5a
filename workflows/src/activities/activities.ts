import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { EnvironmentFacts, RunFacts } from "@seatrial/contracts/worker-protocol/environments.ts";
import type { PullRequestFacts } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import type { RepositoryFacts } from "@seatrial/contracts/worker-protocol/repositories.ts";
import type { FireAnswer, ScheduleFacts } from "@seatrial/contracts/worker-protocol/schedules.ts";
import type { ActivityAnswer, GiveUp, StartOperation, WorkerHub } from "../hub/worker-hub.ts";
import type { ScheduleKeeper } from "../temporal/schedule-keeper.ts";
import { asApplicationFailure } from "./application-failure.ts";

/** What workflows ask the hub. Every one is idempotent: it may be done again after a crash in the middle. */
export type Activities = {
  /** Null: the hub does not know it, or no longer. */
  readRun: (runId: string) => Promise<RunFacts | null>;
  /** Makes a new run's shards, or asks its tools for their cases first. A planned run stays as it is. */
  planRun: (runId: string) => Promise<ActivityAnswer>;
  /** Splits a suite whose cases are listed into test shards. A suite that is split stays as it is. */
  splitSuite: (runId: string, suite: string) => Promise<ActivityAnswer>;
  /** Decides what ended attempts mean: another attempt, or verdicts of shard, suite and run. */
  settleRun: (runId: string) => Promise<ActivityAnswer>;
  /** Null: the hub does not know it. */
  readEnvironment: (environmentId: string) => Promise<EnvironmentFacts | null>;
  /** These answer the facts as they are after it, and fail with `conflict` when decided on old ones. */
  startOperation: (environmentId: string, operation: StartOperation) => Promise<EnvironmentFacts>;
  expireEnvironment: (environmentId: string) => Promise<EnvironmentFacts>;
  giveUpEnvironment: (environmentId: string, giveUp: GiveUp) => Promise<EnvironmentFacts>;
  /** Null: the hub does not know it. */
  readSchedule: (scheduleId: string) => Promise<ScheduleFacts | null>;
  /** Brings Temporal's schedule to what the hub says and tells the hub. The facts stay out of the history. */
  applySchedule: (scheduleId: string) => Promise<void>;
  /** A schedule's time has come. The hub starts at most one run for each time. */
  fireSchedule: (scheduleId: string, scheduledFor: string) => Promise<FireAnswer>;
  /** Null: the hub does not know it. */
  readPullRequest: (pullRequestId: string) => Promise<PullRequestFacts | null>;
  /** Supersedes, starts, updates, cancels and takes down as the facts ask. */
  advancePullRequest: (pullRequestId: string) => Promise<{ changed: boolean }>;
  /** Null: the hub does not know it. */
  readRepository: (repositoryId: string) => Promise<RepositoryFacts | null>;
};

/** All activities over one hub. They throw ApplicationFailure, whose type is the hub's error code. */
export function createActivities(deps: { hub: WorkerHub; schedules: ScheduleKeeper }): Activities {
  const { hub } = deps;
  return {
    readRun: (runId) => asked(() => orNull(hub.readRun(runId))),
    planRun: (runId) => asked(() => hub.planRun(runId)),
    splitSuite: (runId, suite) => asked(() => hub.splitSuite(runId, suite)),
    settleRun: (runId) => asked(() => hub.settleRun(runId)),
    readEnvironment: (environmentId) => asked(() => orNull(hub.readEnvironment(environmentId))),
    startOperation: (environmentId, operation) => asked(() => hub.startOperation(environmentId, operation)),
    expireEnvironment: (environmentId) => asked(() => hub.expireEnvironment(environmentId)),
    giveUpEnvironment: (environmentId, giveUp) => asked(() => hub.giveUpEnvironment(environmentId, giveUp)),
    readSchedule: (scheduleId) => asked(() => orNull(hub.readSchedule(scheduleId))),
    applySchedule: (scheduleId) => asked(() => applySchedule(deps, scheduleId)),
    fireSchedule: (scheduleId, scheduledFor) => asked(() => hub.fireSchedule(scheduleId, scheduledFor)),
    readPullRequest: (pullRequestId) => asked(() => orNull(hub.readPullRequest(pullRequestId))),
    advancePullRequest: (pullRequestId) => asked(() => hub.advancePullRequest(pullRequestId)),
    readRepository: (repositoryId) => asked(() => orNull(hub.readRepository(repositoryId))),
  };
}

async function applySchedule(
  { hub, schedules }: { hub: WorkerHub; schedules: ScheduleKeeper },
  scheduleId: string,
): Promise<void> {
  const timetable = await hub.readTimetable(scheduleId);
  const problem = await schedules.keep(timetable);
  await hub.noteApplied(scheduleId, { generation: timetable.generation, problem });
}

async function asked<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    throw asApplicationFailure(error);
  }
}

async function orNull<Facts>(read: Promise<Facts>): Promise<Facts | null> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof SeatrialError && error.code === "not_found") return null;
    throw error;
  }
}
