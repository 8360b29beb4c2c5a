import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { exitOf } from "../judge/pod-view.ts";
import type { Reporter } from "../reports/open-reporter.ts";
import type { Attempt } from "./attempt.ts";
import { findOwnPod, removePod, removeSurely } from "./remove-pod.ts";
import { endWith, reportEnd } from "./report-end.ts";
import type { RunAttemptDeps } from "./run-attempt.ts";

/** The attempt must stop: its pod goes, and only a cancelled one is reported. A process that stops leaves both be. */
export async function stopAttempt(
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
  await reportEnd(deps, attempt, reporter, { ...endWith(exit), startedAt }, null);
}
