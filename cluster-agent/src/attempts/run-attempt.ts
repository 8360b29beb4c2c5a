import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { gatherEvidence } from "../judge/gather-evidence.ts";
import { type ExitDraft, exitOf, hasPassed, type PodEnd } from "../judge/pod-view.ts";
import { followContainerLog } from "../logs/follow-container-log.ts";
import { buildPod, type PodSettings } from "../pods/build-pod.ts";
import type { PodApi } from "../pods/pod-api.ts";
import type { PodFeed } from "../pods/pod-feed.ts";
import { openReporter, type Reporter, type ReporterDeps } from "../reports/open-reporter.ts";
import type { AttemptEnd } from "../reports/report-record.ts";
import type { Attempt } from "./attempt.ts";
import { ensurePod } from "./ensure-pod.ts";
import { findAdoptedPod } from "./find-adopted-pod.ts";
import { followPod } from "./follow-pod.ts";
import type { Patience } from "./quick-pods.ts";
import { findOwnPod, removePod, removeSurely } from "./remove-pod.ts";
import { createProgressReporter } from "./report-progress.ts";
import { createDeadlineSetter } from "./set-deadline.ts";

export type RunAttemptDeps = ReporterDeps & {
  pods: PodApi;
  feed: PodFeed;
  /** The pods of all attempts that go on. */
  podsInHand: () => Pod[];
  /** The cluster makes no pods. */
  isBroken: () => boolean;
  lostNode: (pod: Pod) => ExitDraft | null;
  settings: PodSettings;
  /** Of a pod that begins now. */
  patience: () => Patience;
  /** Pods whose tests began and did not pass stay until the agent starts anew, for people to look at. */
  keepFailedPods: boolean;
  /** Leases of kept pods, so that the sweep leaves them. */
  kept: Set<string>;
};

/** pod → progress and log → end → hub has it → pod away. Resolves when nothing more is to be done for the lease. */
export async function runAttempt(deps: RunAttemptDeps, attempt: Attempt): Promise<void> {
  const reporter = await openReporter(deps, attempt.leaseId, attempt.lost);
  try {
    const keptEnd = reporter.keptEnd();
    if (keptEnd) await tellKeptEnd(deps, attempt, reporter, keptEnd);
    else await makeAndRun(deps, attempt, reporter);
  } finally {
    await reporter.close();
  }
}

async function makeAndRun(deps: RunAttemptDeps, attempt: Attempt, reporter: Reporter): Promise<void> {
  const signal = AbortSignal.any([deps.shutdown, attempt.stopping]);
  const ensured = attempt.adopted
    ? await findAdoptedPod(deps, attempt.grant, signal)
    : await ensurePod(deps, buildPod(attempt.grant, deps.settings), signal);
  if (ensured === "stopped") return stopAttempt(deps, attempt, reporter, null, null);
  if ("exit" in ensured) return report(deps, attempt, reporter, endWith(ensured.exit), null);
  deps.feed.observe(ensured.pod);

  const over = new AbortController();
  try {
    await runPod(deps, attempt, reporter, ensured.pod, {
      signal,
      logSignal: AbortSignal.any([signal, over.signal]),
    });
  } finally {
    over.abort("over");
  }
}

/** The process before saw the end and kept it: nothing is looked at or run again. */
async function tellKeptEnd(
  deps: RunAttemptDeps,
  attempt: Attempt,
  reporter: Reporter,
  end: AttemptEnd,
): Promise<void> {
  const outcome = await reporter.keptEndTold();
  const pod = await findOwnPod(deps, attempt);
  await putAway(deps, attempt, { end, outcome, pod, graceSeconds: 1 });
}

/** Follows the pod that is there to its end. `logSignal` ends the reading of its log. */
async function runPod(
  deps: RunAttemptDeps,
  attempt: Attempt,
  reporter: Reporter,
  made: Pod,
  { signal, logSignal }: { signal: AbortSignal; logSignal: AbortSignal },
): Promise<void> {
  const what = { podName: made.metadata.name, reporter, isAdopted: attempt.adopted };
  const patience = deps.patience();
  const log = followContainerLog(deps, { ...what, followAfterMs: patience.running }, logSignal);
  const { clock } = deps;
  const progress = createProgressReporter({ progress: reporter.progress, clock, patience }, logSignal);
  const setDeadline = createDeadlineSetter(deps, {
    timeoutSeconds: attempt.grant.work.timeoutSeconds,
    isAdopted: attempt.adopted,
  });
  let startedAt: string | null = null;
  const followed = await followPod(
    deps,
    made,
    (view, pod) => {
      progress(view, pod);
      if (view.kind !== "running") return;
      startedAt = view.startedAt;
      log.start();
      setDeadline(pod, view.startedAt);
    },
    signal,
  );
  if (!followed) return stopAttempt(deps, attempt, reporter, made, startedAt);
  const { end, pod, nodeIsLost } = followed;
  // Not every end was a view.
  if (pod) progress({ kind: "ended", end }, pod);
  if (end.startedAt !== null && !nodeIsLost) await log.finish();
  // A cancel that comes while the end is being read changes nothing; a lost lease does.
  if (deps.shutdown.aborted || attempt.lost.aborted)
    return stopAttempt(deps, attempt, reporter, pod, startedAt);
  await report(deps, attempt, reporter, end, pod, nodeIsLost);
}

function endWith(exit: ExitDraft): PodEnd {
  return { exit, startedAt: null, endedAt: null, collected: null };
}

/** The attempt must stop: its pod goes, and only a cancelled one is reported. A process that stops leaves both be. */
async function stopAttempt(
  deps: RunAttemptDeps,
  attempt: Attempt,
  reporter: Reporter,
  pod: Pod | null,
  startedAt: string | null,
): Promise<void> {
  if (deps.shutdown.aborted && !attempt.stopping.aborted) return;
  if (attempt.stopReason() === "released") return removeSurely(deps, attempt, pod);
  const found = pod ?? (await findOwnPod(deps, attempt));
  if (found) await removePod(deps, found, 1);
  if (attempt.stopReason() !== "cancelled") return;
  const exit = exitOf("cancelled", "The run was cancelled.");
  await report(deps, attempt, reporter, { ...endWith(exit), startedAt }, null);
}

async function report(
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
async function putAway(deps: RunAttemptDeps, attempt: Attempt, told: ToldEnd): Promise<void> {
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
