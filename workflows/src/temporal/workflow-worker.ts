import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Backoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { DataConverter } from "@temporalio/common";
import { type NativeConnection, Worker } from "@temporalio/worker";
import type { Activities } from "../activities/activities.ts";
import type { SlowActivities } from "../activities/slow-activities.ts";
import type { TemporalPlace } from "./connect-temporal.ts";

export type WorkflowWorkerDeps = {
  connection: NativeConnection;
  activities: Activities & SlowActivities;
  dataConverter: DataConverter;
  clock: Clock;
  backoff: Backoff;
  logger: Logger;
};

export type WorkflowWorkerOptions = TemporalPlace & {
  /** The file that `loadWorkflowBundle` answers with. */
  bundlePath: string;
  /** Workflows kept in memory between their steps; others are replayed. */
  cachedWorkflows: number;
};

/** What asks forges and registries mostly waits; tarballs pass through without being kept. */
const slowStepsAtOnce = 40;

/**
 * Runs workflows and their activities until the signal aborts, then finishes what was begun. When Temporal
 * refuses to go on, it starts anew after a pause.
 */
export async function runWorkflowWorker(
  deps: WorkflowWorkerDeps,
  options: WorkflowWorkerOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await runOnce(deps, options, signal);
      deps.backoff.reset();
    } catch (error) {
      const waitMilliseconds = deps.backoff.next();
      deps.logger.warn(
        { error: String(error), waitMilliseconds },
        "the workflow worker ended, starting anew",
      );
      await deps.clock.sleep(waitMilliseconds, signal);
    }
  }
}

async function runOnce(
  deps: WorkflowWorkerDeps,
  options: WorkflowWorkerOptions,
  signal: AbortSignal,
): Promise<void> {
  const worker = await Worker.create({
    connection: deps.connection,
    namespace: options.namespace,
    taskQueue: options.taskQueue,
    workflowBundle: { codePath: options.bundlePath },
    activities: deps.activities,
    dataConverter: deps.dataConverter,
    maxConcurrentActivityTaskExecutions: slowStepsAtOnce,
    // The usual 5 pollers wait for little here.
    maxConcurrentActivityTaskPolls: 2,
    maxCachedWorkflows: options.cachedWorkflows,
    // After a worker's death its workflows wait this long for it before another worker gets them.
    stickyQueueScheduleToStartTimeout: "5 seconds",
    shutdownGraceTime: "10 seconds",
  });
  const end = () => {
    if (worker.getState() === "RUNNING") worker.shutdown();
  };
  signal.addEventListener("abort", end, { once: true });
  try {
    const running = worker.run();
    // Also when it was aborted before: a worker that never ran would hold the connection open.
    if (signal.aborted) end();
    await running;
  } finally {
    signal.removeEventListener("abort", end);
  }
}
