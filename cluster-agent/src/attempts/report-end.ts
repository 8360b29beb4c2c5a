import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { gatherEvidence } from "../judge/gather-evidence.ts";
import { type ExitDraft, hasPassed, type PodEnd } from "../judge/pod-view.ts";
import type { Reporter } from "../reports/open-reporter.ts";
import type { Attempt } from "./attempt.ts";
import { removePod } from "./remove-pod.ts";
import type { RunAttemptDeps } from "./run-attempt.ts";

/** Tells the hub how the attempt ended, then puts its pod away. */
export async function reportEnd(
  deps: RunAttemptDeps,
  attempt: Attempt,
  reporter: Reporter,
  end: PodEnd,
  pod: Pod | null,
  nodeIsLost = false,
): Promise<void> {
  const evidence = hasPassed(end.exit) || !pod ? [] : gatherEvidence(pod, await eventsOf(deps, pod, end));
  const told = {
    ...timesOf(end, deps.clock.now()),
    exit: { ...end.exit, evidence },
    collected: end.collected,
  };
  const outcome = await reporter.end(told);
  await putAway(deps, attempt, { end, outcome, pod, graceSeconds: nodeIsLost ? 0 : 1 });
}

/** A pod's times are its node's; where the node gave no end, ours counts, but no attempt ends before it began. */
function timesOf(end: PodEnd, now: number): { startedAt: string | null; endedAt: string } {
  const started = end.startedAt === null ? null : Date.parse(end.startedAt);
  const ended = end.endedAt === null ? Math.max(now, started ?? 0) : Date.parse(end.endedAt);
  return {
    startedAt: started === null ? null : new Date(started).toISOString(),
    endedAt: new Date(ended).toISOString(),
  };
}

type ToldEnd = {
  end: Pick<PodEnd, "exit" | "startedAt">;
  outcome: "accepted" | "refused" | "stopped";
  pod: Pod | null;
  graceSeconds: number;
};

/** Only once the hub has the end, or will not take it, the pod goes: until then it can be read again. */
export async function putAway(deps: RunAttemptDeps, attempt: Attempt, told: ToldEnd): Promise<void> {
  const { end, outcome, pod, graceSeconds } = told;
  const { exit } = end;
  deps.logger.info(
    { leaseId: attempt.leaseId, reason: exit.reason, exitCode: exit.exitCode, outcome },
    "attempt ended",
  );
  if (!pod || (outcome === "stopped" && deps.shutdown.aborted)) return;
  // A node may begin what has not begun yet.
  const mayStay = end.startedAt !== null && !hasPassed(exit) && outcome === "accepted";
  if (deps.keepFailedPods && mayStay) {
    deps.kept.add(attempt.leaseId);
    return;
  }
  await removePod(deps, pod, graceSeconds);
}

/** Events explain what the exit code does not; a command that simply ended needs none. */
async function eventsOf(deps: RunAttemptDeps, pod: Pod, end: PodEnd) {
  if (end.exit.reason === "completed") return [];
  return deps.pods.events(pod).catch(() => []);
}

/** The end of an attempt that never got to run. */
export function endWith(exit: ExitDraft): PodEnd {
  return { exit, startedAt: null, endedAt: null, collected: null };
}
