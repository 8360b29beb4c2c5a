import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { containerStates } from "../judge/container-states.ts";
import type { PodView } from "../judge/pod-view.ts";
import type { PodApi } from "../pods/pod-api.ts";

/** As Kubernetes gives by default. */
const goodbyeSeconds = 30;

/**
 * The grace of a pod with a collector is long, for a hub that is away; tests that are told to end do not need it. Once
 * a pod is to end while its tests still run, it is deleted with the usual grace, which shortens the one that began.
 * Nothing waits for it, and it is done once.
 */
export function createPodHurrier({
  pods,
  logger,
}: {
  pods: Pick<PodApi, "remove">;
  logger: Logger;
}): (view: PodView, pod: Pod) => void {
  let isDone = false;
  return (view, pod) => {
    const isToEnd = view.kind === "ending" || pod.metadata.deletionTimestamp !== undefined;
    const { main } = containerStates(pod);
    if (isDone || !isToEnd || main?.state?.running === undefined) return;
    isDone = true;
    const grace = pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds;
    if (grace <= goodbyeSeconds) return;
    pods.remove(pod, goodbyeSeconds).catch((error) => {
      isDone = false;
      logger.warn({ pod: pod.metadata.name, error: String(error) }, "a pod's grace was not shortened yet");
    });
  };
}
