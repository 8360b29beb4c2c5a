import { continueAsNew, log, workflowInfo } from "@temporalio/workflow";
import { failureCode, hub, isHubFailure } from "../looking/hub-activities.ts";
import { watchLooks } from "../looking/look-signal.ts";
import { createWaits, type Outcome, type Pace, usualPace } from "../looking/pace.ts";

type Look = { outcome: Outcome; end: boolean };

/**
 * Looks after a schedule when something of it changed, under the id `schedule/<schedule>`: brings Temporal's own
 * schedule to what the hub says, fires times that were lost, and starts a queued one when the run before it is over. It
 * ends when there is nothing to wait for; the next change starts it again.
 */
export async function scheduleWorkflow(scheduleId: string, pace: Pace = usualPace): Promise<void> {
  const looks = watchLooks();
  const waits = createWaits(pace);
  for (;;) {
    looks.begin();
    const { outcome, end } = await look(scheduleId);
    if (end && !looks.isWanted()) return;
    // The next run of this workflow reads first, so no signal is lost.
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof scheduleWorkflow>(scheduleId, pace);
    if (!end) await looks.wait(waits.after(outcome));
  }
}

async function look(scheduleId: string): Promise<Look> {
  try {
    const facts = await hub.readSchedule(scheduleId);
    if (facts === null) return { outcome: "unchanged", end: true };
    // Also when nothing changed: Temporal may have lost its own.
    await hub.applySchedule(scheduleId);
    for (const time of facts.due) await hub.fireSchedule(scheduleId, time);
    return { outcome: facts.due.length > 0 ? "changed" : "unchanged", end: !facts.waiting };
  } catch (error) {
    if (!isHubFailure(error)) throw error;
    log.warn("a look at a schedule failed", { scheduleId, code: failureCode(error) });
    return { outcome: "failed", end: false };
  }
}
