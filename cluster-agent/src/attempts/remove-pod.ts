import type { Logger } from "@seatrial/contracts/logger.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import type { PodApi } from "../pods/pod-api.ts";
import { labelValue, leaseLabel, podNameOf } from "../pods/pod-labels.ts";
import type { Attempt } from "./attempt.ts";

export type RemovePodDeps = {
  pods: Pick<PodApi, "get" | "remove">;
  clock: Clock;
  logger: Logger;
  shutdown: AbortSignal;
};

/** Deletes the pod, or leaves it to the sweep when the API server does not take that now. Never throws. */
export async function removePod(
  { pods, logger }: Pick<RemovePodDeps, "pods" | "logger">,
  pod: Pod,
  graceSeconds: number,
): Promise<void> {
  await pods.remove(pod, graceSeconds).catch((error) => {
    logger.warn({ pod: pod.metadata.name, error: String(error) }, "a pod was not deleted yet");
  });
}

/** The attempt's pod as the cluster has it; null when there is none or nobody can say. */
export async function findOwnPod(
  { pods }: Pick<RemovePodDeps, "pods">,
  attempt: Attempt,
): Promise<Pod | null> {
  return getOwnPod(pods, attempt).catch(() => null);
}

/** A drain must end also where the API server stays away while the agent lives. */
const releaseMilliseconds = 180_000;

/**
 * For an attempt that goes on elsewhere as soon as it is over here: tries until the API server has taken the deletion
 * of its pod, or says that there is none. After three minutes it gives up: the sweep deletes the pod once it can. A
 * process that stops gives up at once: its next one finds the pod.
 */
export async function removeSurely(deps: RemovePodDeps, attempt: Attempt, pod: Pod | null): Promise<void> {
  const { clock, logger, shutdown } = deps;
  const since = clock.elapsed();
  const backoff = createBackoff({ firstMilliseconds: 300, maxMilliseconds: 10_000, random: Math.random });
  while (true) {
    try {
      const found = pod ?? (await getOwnPod(deps.pods, attempt));
      if (found) await deps.pods.remove(found, 1);
      return;
    } catch (error) {
      const leaseId = attempt.leaseId;
      logger.warn({ leaseId, error: String(error) }, "a released attempt's pod was not deleted yet");
    }
    if (shutdown.aborted || clock.elapsed() - since >= releaseMilliseconds) return;
    await clock.sleep(backoff.next(), shutdown);
  }
}

/** The name is the attempt's, and by now the pod may be of a later lease of it: that one is not ours to remove. */
async function getOwnPod(pods: Pick<PodApi, "get">, { grant }: Attempt): Promise<Pod | null> {
  const found = await pods.get(podNameOf(grant.work.attemptId));
  return found?.metadata.labels?.[leaseLabel] === labelValue(grant.leaseId) ? found : null;
}
