import type { EnvironmentFacts } from "@seatrial/contracts/worker-protocol/environments.ts";
import { continueAsNew, log, workflowInfo } from "@temporalio/workflow";
import { failureCode, hub, isHubFailure } from "../looking/hub-activities.ts";
import { watchLooks } from "../looking/look-signal.ts";
import { createWaits, type Outcome, type Pace, usualPace } from "../looking/pace.ts";
import { type Decision, decide } from "./decide.ts";

type Look = { outcome: Outcome; end: boolean; seconds: number | null };

/**
 * An environment's life, under the id `environment/<environment>`: read the facts, decide, act, wait, until it is
 * deleted. It starts one operation at a time; the hub refuses a decision on old facts.
 */
export async function environmentWorkflow(environmentId: string, pace: Pace = usualPace): Promise<void> {
  const looks = watchLooks();
  const waits = createWaits(pace);
  for (;;) {
    looks.begin();
    const { outcome, end, seconds } = await look(environmentId);
    if (end && !looks.isWanted()) return;
    // The next run of this workflow reads first, so no signal is lost.
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof environmentWorkflow>(environmentId, pace);
    if (!end) await looks.wait(Math.min(waits.after(outcome), seconds ?? Number.POSITIVE_INFINITY));
  }
}

/** Reads, then acts until there is something to wait for. An act that changed nothing is not repeated at once. */
async function look(environmentId: string): Promise<Look> {
  let outcome: Outcome = "unchanged";
  let lastAct = "";
  try {
    let facts = await hub.readEnvironment(environmentId);
    for (;;) {
      const decision: Decision = facts === null ? { do: "end" } : decide(facts);
      if (decision.do === "end") return { outcome, end: true, seconds: null };
      if (decision.do === "wait") return { outcome, end: false, seconds: decision.seconds };
      const act = JSON.stringify(decision);
      if (act === lastAct) return { outcome: "unchanged", end: false, seconds: null };
      lastAct = act;
      facts = await carryOut(environmentId, decision);
      outcome = "changed";
    }
  } catch (error) {
    if (!isHubFailure(error)) throw error;
    const code = failureCode(error);
    log.warn("a look at an environment failed", { environmentId, code });
    return { outcome: "failed", end: false, seconds: null };
  }
}

type Act = Exclude<Decision, { do: "wait" | "end" }>;

/** The facts after it. */
async function carryOut(environmentId: string, act: Act): Promise<EnvironmentFacts | null> {
  try {
    switch (act.do) {
      case "start":
        return await hub.startOperation(environmentId, { kind: act.kind, number: act.number });
      case "expire":
        return await hub.expireEnvironment(environmentId);
      case "give-up":
        return await hub.giveUpEnvironment(environmentId, { number: act.number });
    }
  } catch (error) {
    // Decided on old facts: the new ones are there to read.
    if (failureCode(error) === "conflict") return hub.readEnvironment(environmentId);
    throw error;
  }
}
