import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { finishLease } from "@seatrial/hub-link/leases/finish-lease.ts";
import type { HubLink } from "@seatrial/hub-link/link/create-hub-link.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { gatherEvidence } from "../judge/gather-evidence.ts";
import { type ExitDraft, exitOf, type PodEnd } from "../judge/pod-view.ts";
import { followContainerLog } from "../logs/follow-container-log.ts";
import { buildPod, type PodSettings } from "../pods/build-pod.ts";
import type { PodApi } from "../pods/pod-api.ts";
import type { PodFeed } from "../pods/pod-feed.ts";
import { podNameOf } from "../pods/pod-labels.ts";
import type { Attempt } from "./attempt.ts";
import { ensurePod } from "./ensure-pod.ts";
import { followPod } from "./follow-pod.ts";
import { createProgressReporter } from "./report-progress.ts";
import { createDeadlineSetter } from "./set-deadline.ts";

export type RunAttemptDeps = {
  link: Pick<HubLink, "progress" | "finish" | "sendLog" | "logPosition">;
  pods: PodApi;
  feed: PodFeed;
  lostNode: (pod: Pod) => ExitDraft | null;
  clock: Clock;
  logger: Logger;
  instance: string;
  settings: PodSettings;
  /** Pods whose tests did not pass stay until the agent starts anew, for people to look at. */
  keepFailedPods: boolean;
  /** Leases of kept pods, so that the sweep leaves them. */
  kept: Set<string>;
  /** This process stops: pods run on and are adopted by its next life. */
  shutdown: AbortSignal;
};

/** pod → progress and log → end → finish → pod away. Resolves when nothing more is to be done for the lease. */
export async function runAttempt(deps: RunAttemptDeps, attempt: Attempt): Promise<void> {
  const signal = AbortSignal.any([deps.shutdown, attempt.stopping]);
  const ensured = await ensurePod(deps, buildPod(attempt.grant, deps.settings), signal);
  if (ensured === "stopped") return stopAttempt(deps, attempt, null, null);
  if ("exit" in ensured) return report(deps, attempt, endWith(ensured.exit), null);
  deps.feed.observe(ensured.pod);

  const over = new AbortController();
  try {
    await runPod(deps, attempt, ensured.pod, signal, AbortSignal.any([signal, over.signal]));
  } finally {
    over.abort();
  }
}

/** Follows the pod that is there to its end. `logSignal` ends the reading of its log. */
async function runPod(
  deps: RunAttemptDeps,
  attempt: Attempt,
  made: Pod,
  signal: AbortSignal,
  logSignal: AbortSignal,
): Promise<void> {
  const log = followContainerLog(deps, attempt, made.metadata.name, logSignal);
  const progress = createProgressReporter({
    ...deps,
    progress: deps.link.progress,
    leaseId: attempt.leaseId,
    now: deps.clock.now,
  });
  const setDeadline = createDeadlineSetter(deps, attempt.grant.work.timeoutSeconds);
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
  if (!followed) return stopAttempt(deps, attempt, made, startedAt);
  const { end, pod, nodeIsLost } = followed;
  if (end.startedAt !== null && !nodeIsLost) await log.finish();
  // A cancel that comes while the end is being read changes nothing; a lost lease does.
  if (deps.shutdown.aborted || attempt.stopReason() === "disowned")
    return stopAttempt(deps, attempt, pod, startedAt);
  await report(deps, attempt, end, pod, nodeIsLost);
}

function endWith(exit: ExitDraft): PodEnd {
  return { exit, startedAt: null, endedAt: null, collected: null };
}

/** The attempt must stop: its pod goes, and only a cancelled one is reported. A process that stops leaves both be. */
async function stopAttempt(
  deps: RunAttemptDeps,
  attempt: Attempt,
  pod: Pod | null,
  startedAt: string | null,
): Promise<void> {
  if (deps.shutdown.aborted && !attempt.stopping.aborted) return;
  const found = pod ?? (await deps.pods.get(podNameOf(attempt.grant.work.attemptId)).catch(() => null));
  if (found) await removePod(deps, found, 1);
  if (attempt.stopReason() !== "cancelled") return;
  const exit = exitOf("cancelled", "The run was cancelled.");
  await report(deps, attempt, { ...endWith(exit), startedAt }, null);
}

async function report(
  deps: RunAttemptDeps,
  attempt: Attempt,
  end: PodEnd,
  pod: Pod | null,
  nodeIsLost = false,
): Promise<void> {
  const isPassed = end.exit.reason === "completed" && end.exit.exitCode === 0;
  const evidence = isPassed || !pod ? [] : gatherEvidence(pod, await eventsOf(deps, pod, end));
  const endedAt = new Date(end.endedAt ?? deps.clock.now()).toISOString();
  const startedAt = end.startedAt === null ? null : new Date(end.startedAt).toISOString();
  const request = {
    instance: deps.instance,
    startedAt,
    endedAt,
    exit: { ...end.exit, evidence },
    collected: end.collected,
  };
  const disowned = new AbortController();
  const watchDisowned = () => attempt.stopReason() === "disowned" && disowned.abort();
  attempt.stopping.addEventListener("abort", watchDisowned);
  const signal = AbortSignal.any([deps.shutdown, disowned.signal]);
  const outcome = await finishLease({ ...deps, finish: deps.link.finish }, attempt.leaseId, request, signal);
  deps.logger.info(
    { leaseId: attempt.leaseId, reason: end.exit.reason, exitCode: end.exit.exitCode, outcome },
    "attempt ended",
  );
  if (!pod || (outcome === "stopped" && deps.shutdown.aborted)) return;
  if (deps.keepFailedPods && !isPassed && outcome === "accepted") {
    deps.kept.add(attempt.leaseId);
    return;
  }
  await removePod(deps, pod, nodeIsLost ? 0 : 1);
}

/** Events explain what the exit code does not; a command that simply ended needs none. */
async function eventsOf(deps: RunAttemptDeps, pod: Pod, end: PodEnd) {
  if (end.exit.reason === "completed") return [];
  return deps.pods.events(pod).catch(() => []);
}

async function removePod(deps: RunAttemptDeps, pod: Pod, graceSeconds: number): Promise<void> {
  await deps.pods.remove(pod, graceSeconds).catch((error) => {
    // The sweep takes what stays.
    deps.logger.warn({ pod: pod.metadata.name, error: String(error) }, "a pod was not deleted yet");
  });
}
