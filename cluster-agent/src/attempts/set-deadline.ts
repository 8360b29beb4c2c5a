import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { hasStatus } from "@seatrial/kube-link/kube-error.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import type { PodApi } from "../pods/pod-api.ts";

export type DeadlineDeps = { pods: Pick<PodApi, "limit">; logger: Logger; clock: Pick<Clock, "elapsed"> };

/**
 * Makes the suite's timeout count from its command's start. A pod is made with room for its preparation; once the
 * command runs, that room is taken away. The node keeps the time, so the timeout holds while the agent is away, and
 * both times are the node's own: this process only counts how long it has seen the command run, since its clock may
 * be another. It happens when half the timeout has passed, or at once for an adopted pod, so the many commands that
 * end long before cost the API server nothing. Nothing waits for it; a call that failed is made up for at the next sight.
 */
export function createDeadlineSetter(
  { pods, logger, clock }: DeadlineDeps,
  { timeoutSeconds, isAdopted }: { timeoutSeconds: number; isAdopted: boolean },
): (pod: Pod, startedAt: string | null) => void {
  let isDone = false;
  let firstSeen: number | null = null;
  return (pod, startedAt) => {
    const prepared = Date.parse(startedAt ?? "") - Date.parse(pod.status?.startTime ?? "");
    if (isDone || Number.isNaN(prepared)) return;
    firstSeen ??= clock.elapsed();
    if (!isAdopted && clock.elapsed() - firstSeen < timeoutSeconds * 500) return;
    isDone = true;
    const activeSeconds = Math.max(0, Math.ceil(prepared / 1_000)) + timeoutSeconds;
    if (activeSeconds >= pod.spec.activeDeadlineSeconds) return;
    pods.limit(pod, activeSeconds).catch((error) => {
      // Gone: nothing is left to limit.
      isDone = hasStatus(error, 404) || hasStatus(error, 409);
      logger.warn({ pod: pod.metadata.name, error: String(error) }, "a pod's deadline was not set yet");
    });
  };
}
