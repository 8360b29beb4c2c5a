import { continueAsNew, log, workflowInfo } from "@temporalio/workflow";
import { failureCode, hub, isHubFailure, slow } from "../looking/hub-activities.ts";
import { watchLooks } from "../looking/look-signal.ts";
import { createWaits, type Pace, usualPace } from "../looking/pace.ts";
import { createSlowSteps, type Holds, type SlowSteps } from "../pull-request/slow-steps.ts";

/**
 * Sweeps of a repository, under the id `repository/<repository>`: when the hub says so, its pull requests are compared
 * with the forge's, for events that never arrived. Until it is not connected any more.
 */
export async function repositoryWorkflow(
  repositoryId: string,
  pace: Pace = usualPace,
  holds: Holds = {},
): Promise<void> {
  const looks = watchLooks();
  const waits = createWaits(pace);
  const steps = createSlowSteps(pace, looks.want, { holds });
  for (;;) {
    if (looks.begin()) steps.nudge();
    const isEnding = workflowInfo().continueAsNewSuggested;
    const seconds = await look(repositoryId, steps, isEnding);
    if (seconds === "over" && steps.isIdle() && !looks.isWanted()) return;
    if (isEnding && steps.isIdle())
      await continueAsNew<typeof repositoryWorkflow>(repositoryId, pace, steps.holds());
    const hasFailed = seconds === "failed";
    const next = [
      waits.after(hasFailed ? "failed" : "unchanged"),
      isEnding || hasFailed ? null : steps.secondsUntilNext(),
      typeof seconds === "number" ? Math.max(1, seconds) : null,
    ];
    await looks.wait(Math.min(...next.filter((each) => each !== null)));
  }
}

/** The seconds until the next sweep is due; one that is under way or held back ends the wait by itself. */
async function look(
  repositoryId: string,
  steps: SlowSteps,
  isEnding: boolean,
): Promise<number | "over" | "failed"> {
  try {
    const facts = await hub.readRepository(repositoryId);
    if (facts === null || !facts.isConnected) return "over";
    const isDue = facts.sweepInSeconds <= 0;
    if (!isEnding) steps.begin(isDue ? { sweep: () => slow.sweepRepository(repositoryId) } : {});
    return isDue ? Number.POSITIVE_INFINITY : facts.sweepInSeconds;
  } catch (error) {
    if (!isHubFailure(error)) throw error;
    log.warn("a look at a repository failed", { repositoryId, code: failureCode(error) });
    return "failed";
  }
}
