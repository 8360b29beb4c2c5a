import { defineSearchAttributeKey } from "@temporalio/common";
import { ApplicationFailure, continueAsNew, log, sleep, workflowInfo } from "@temporalio/workflow";
import { failureCode, hub, isHubFailure } from "../looking/hub-activities.ts";
import { createWaits, type Pace, usualPace } from "../looking/pace.ts";

/**
 * A schedule's time has come: tells the hub until it answers. Started by Temporal's schedule under the id
 * `firing/<schedule>-<time>`. The hub decides what comes of it, and decides once.
 */
export async function firingWorkflow(
  scheduleId: string,
  pace: Pace = usualPace,
  scheduledFor: string = readScheduledTime(),
): Promise<void> {
  const waits = createWaits(pace);
  for (;;) {
    if (await fire(scheduleId, scheduledFor)) return;
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof firingWorkflow>(scheduleId, pace, scheduledFor);
    await sleep(waits.after("failed") * 1_000);
  }
}

/** False when the hub could not say. */
async function fire(scheduleId: string, scheduledFor: string): Promise<boolean> {
  try {
    await hub.fireSchedule(scheduleId, scheduledFor);
    return true;
  } catch (error) {
    if (!isHubFailure(error)) throw error;
    const code = failureCode(error);
    log.warn("a schedule's time came to nothing yet", { scheduleId, code });
    // It is deleted: its times are nobody's.
    return code === "not_found";
  }
}

const scheduledTime = defineSearchAttributeKey("TemporalScheduledStartTime", "DATETIME");

/** Temporal's schedule says which time it is for: the start may be later. */
function readScheduledTime(): string {
  const time = workflowInfo().typedSearchAttributes.get(scheduledTime);
  if (time === undefined) throw ApplicationFailure.nonRetryable("only a schedule starts this workflow");
  return time.toISOString();
}
