import { verdicts } from "@seatrial/contracts/runs/lifecycle.ts";
import { continueAsNew, log, workflowInfo } from "@temporalio/workflow";
import { failureCode, hub, isHubFailure } from "../looking/hub-activities.ts";
import { watchLooks } from "../looking/look-signal.ts";
import { createWaits, type Outcome, type Pace, usualPace } from "../looking/pace.ts";

/**
 * A run's life, under the id `run/<run>`: plan, split and settle as they fall due, until there is a verdict. Between
 * looks it waits for a signal, or for a while. One look at a time, so a run's steps never overlap.
 */
export async function runWorkflow(runId: string, pace: Pace = usualPace): Promise<void> {
  const looks = watchLooks();
  const waits = createWaits(pace);
  for (;;) {
    looks.begin();
    const outcome = await look(runId);
    if (outcome === "over" && !looks.isWanted()) return;
    // The next run of this workflow reads first, so no signal is lost.
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof runWorkflow>(runId, pace);
    await looks.wait(outcome === "over" ? 0 : waits.after(outcome));
  }
}

const isVerdict = (state: string | undefined) => verdicts.some((verdict) => verdict === state);

async function look(runId: string): Promise<Outcome | "over"> {
  try {
    const facts = await hub.readRun(runId);
    if (facts === null) return "over";
    const answers = [];
    if (facts.planDue) answers.push(await hub.planRun(runId));
    for (const suite of facts.splitDue) answers.push(await hub.splitSuite(runId, suite));
    if (facts.settleDue) answers.push(await hub.settleRun(runId));
    if (answers.length === 0) return facts.isOver ? "over" : "unchanged";
    const state = answers.at(-1)?.runState;
    if (isVerdict(state)) return "over";
    return answers.some(({ changed }) => changed) ? "changed" : "unchanged";
  } catch (error) {
    if (!isHubFailure(error)) throw error;
    log.warn("a look at a run failed", { runId, code: failureCode(error) });
    return "failed";
  }
}
