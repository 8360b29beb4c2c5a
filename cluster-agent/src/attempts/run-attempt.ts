import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import type { ExitDraft } from "../judge/pod-view.ts";
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
import { findOwnPod } from "./remove-pod.ts";
import { endWith, putAway, reportEnd } from "./report-end.ts";
import { createProgressReporter } from "./report-progress.ts";
import { createDeadlineSetter } from "./set-deadline.ts";
import { stopAttempt } from "./stop-attempt.ts";

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
  if ("exit" in ensured) return reportEnd(deps, attempt, reporter, endWith(ensured.exit), null);
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
  await reportEnd(deps, attempt, reporter, end, pod, nodeIsLost);
}
