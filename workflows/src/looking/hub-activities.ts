import {
  ActivityFailure,
  ApplicationFailure,
  proxyActivities,
  proxyLocalActivities,
  TemporalFailure,
} from "@temporalio/workflow";
import type { Activities } from "../activities/activities.ts";
import type { SlowActivities } from "../activities/slow-activities.ts";

/**
 * Calls of the hub, as local activities: they run in the worker that has the workflow, so nothing waits for another
 * poll. A short outage is waited out here; a longer one by the workflow's timers, which survive the worker.
 */
export const hub = proxyLocalActivities<Activities>({
  // Above the 30 s that a request may take.
  startToCloseTimeout: "35 seconds",
  scheduleToCloseTimeout: "60 seconds",
  retry: {
    initialInterval: "200 milliseconds",
    backoffCoefficient: 2,
    maximumInterval: "2 seconds",
    maximumAttempts: 5,
  },
});

/**
 * Steps that ask somebody besides the hub, such as a forge, which may take minutes. They answer whether they are done
 * instead of failing; what fails anyway was lost with its worker, and the workflow begins it anew.
 */
export const slow = proxyActivities<SlowActivities>({
  startToCloseTimeout: "10 minutes",
  heartbeatTimeout: "20 seconds",
  retry: { maximumAttempts: 1 },
});

/** True when a call of the hub came to nothing, as against an error in the workflow itself. */
export function isHubFailure(error: unknown): error is TemporalFailure {
  return error instanceof TemporalFailure;
}

/** The hub's error code behind a failed call; null for anything else, such as a time-out. */
export function failureCode(error: unknown): string | null {
  // Local activities fail with their own failure, others wrap it.
  const failure = error instanceof ActivityFailure ? error.cause : error;
  return failure instanceof ApplicationFailure ? (failure.type ?? null) : null;
}
