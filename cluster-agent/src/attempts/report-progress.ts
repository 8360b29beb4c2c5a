import type { Logger } from "@seatrial/contracts/logger.ts";
import type { HubLink } from "@seatrial/hub-link/link/create-hub-link.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import type { PodView } from "../judge/pod-view.ts";

export type ProgressDeps = {
  progress: HubLink["progress"];
  instance: string;
  leaseId: string;
  now: () => number;
  logger: Logger;
};

/**
 * Tells the hub `starting` and `running`, each once and in order, without anything waiting for it. A step that fails
 * twice is left out: the end says all that counts.
 */
export function createProgressReporter(deps: ProgressDeps): (view: PodView, pod: Pod) => void {
  let reported = 0;
  let chain = Promise.resolve();
  const steps = { waiting: 1, running: 2, ending: 2, ended: 2 };

  return (view, pod) => {
    const step = steps[view.kind];
    if (step <= reported || view.kind === "ended") return;
    reported = step;
    const startedAt = view.kind === "running" ? view.startedAt : null;
    const request = {
      instance: deps.instance,
      state: step === 1 ? ("starting" as const) : ("running" as const),
      at: new Date(startedAt ?? deps.now()).toISOString(),
      pod: {
        namespace: pod.metadata.namespace ?? "",
        name: pod.metadata.name,
        node: pod.spec.nodeName ?? null,
      },
    };
    const send = () => deps.progress(deps.leaseId, request);
    chain = chain
      .then(send)
      .catch(send)
      .catch((error) =>
        deps.logger.debug({ error: String(error), state: request.state }, "progress was not taken"),
      );
  };
}
