import type { PullRequestFacts } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { continueAsNew, log, workflowInfo } from "@temporalio/workflow";
import { failureCode, hub, isHubFailure, slow } from "../looking/hub-activities.ts";
import { watchLooks } from "../looking/look-signal.ts";
import { createWaits, type Outcome, type Pace, usualPace } from "../looking/pace.ts";
import { createSlowSteps, type Holds, type SlowSteps, type StepAnswer } from "./slow-steps.ts";

type Look = { outcome: Outcome; isOver: boolean; seconds: number | null };

/** After so many in a row the rest waits for the next look. */
const mostAdvances = 10;

/**
 * A pull request's life, under the id `pull-request/<pull request>`: read the facts, advance what the hub can do by
 * itself, begin what needs the forge or a registry, wait. The forge may be away for as long as it likes: nothing here
 * waits for it but what asks it. Over when the pull request is closed, all it brought is gone, and the forge knows.
 */
export async function pullRequestWorkflow(
  pullRequestId: string,
  pace: Pace = usualPace,
  holds: Holds = {},
): Promise<void> {
  const looks = watchLooks();
  const waits = createWaits(pace);
  const steps = createSlowSteps(pace, looks.want, { holds });
  for (;;) {
    if (looks.begin()) steps.nudge();
    // Before a new execution nothing slow is begun: its end would be lost.
    const isEnding = workflowInfo().continueAsNewSuggested;
    const { outcome, isOver, seconds } = await look(pullRequestId, steps, isEnding);
    if (isOver && steps.isIdle() && !looks.isWanted()) return;
    if (isEnding && steps.isIdle())
      // The next run of this workflow reads first, so no signal is lost.
      await continueAsNew<typeof pullRequestWorkflow>(pullRequestId, pace, steps.holds());
    const held = isEnding || outcome === "failed" ? null : steps.secondsUntilNext();
    const next = [waits.after(outcome), seconds === null ? null : Math.max(1, seconds), held];
    await looks.wait(Math.min(...next.filter((each) => each !== null)));
  }
}

async function look(pullRequestId: string, steps: SlowSteps, isEnding: boolean): Promise<Look> {
  try {
    const facts = await hub.readPullRequest(pullRequestId);
    // The hub does not know it, or no longer.
    if (facts === null) return { outcome: "unchanged", isOver: true, seconds: null };
    if (!isEnding) steps.begin(slowSteps(facts));
    if (facts.advanceDue) return await advance(pullRequestId, steps, isEnding);
    return { outcome: "unchanged", isOver: facts.isOver, seconds: facts.lookInSeconds };
  } catch (error) {
    return failed(pullRequestId, error);
  }
}

/** Until there is nothing to advance, then as after any look. One that changed nothing is not repeated at once. */
async function advance(pullRequestId: string, steps: SlowSteps, isEnding: boolean): Promise<Look> {
  let seconds: number | null = null;
  for (let advances = 0; advances < mostAdvances; advances += 1) {
    const { changed } = await hub.advancePullRequest(pullRequestId);
    const facts = await hub.readPullRequest(pullRequestId);
    if (facts === null) break;
    if (!isEnding) steps.begin(slowSteps(facts));
    seconds = facts.lookInSeconds;
    if (!facts.advanceDue) return { outcome: "changed", isOver: facts.isOver, seconds };
    if (!changed) break;
  }
  return { outcome: "unchanged", isOver: false, seconds };
}

/** By name: commands, commits and the report wait each for themselves. */
function slowSteps(facts: PullRequestFacts): Record<string, () => Promise<StepAnswer>> {
  const { id, commands, fetch, images, reportDue } = facts;
  return {
    ...Object.fromEntries(commands.map((each) => [`judge/${each}`, () => slow.judgeCommand(id, each)])),
    ...Object.fromEntries(fetch.map((sha) => [`fetch/${sha}`, () => slow.fetchCommit(id, sha)])),
    ...Object.fromEntries(images.map((sha) => [`images/${sha}`, () => slow.findImages(id, sha)])),
    ...(reportDue ? { report: () => slow.tellForge(id) } : {}),
  };
}

function failed(pullRequestId: string, error: unknown): Look {
  if (!isHubFailure(error)) throw error;
  log.warn("a look at a pull request failed", { pullRequestId, code: failureCode(error) });
  return { outcome: "failed", isOver: false, seconds: null };
}
