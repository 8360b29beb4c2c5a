import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import type { PodView } from "../judge/pod-view.ts";
import type { Reporter } from "../reports/open-reporter.ts";

/** A pod that runs sooner is told as running alone: one request for each quick start instead of two. */
const startingAfterMs = 250;

export type ProgressDeps = { progress: Reporter["progress"]; clock: Pick<Clock, "now" | "sleep"> };

/** Tells `starting` and `running`, each once and in order, without anything waiting for it; nothing once `over`. */
export function createProgressReporter(
  deps: ProgressDeps,
  over: AbortSignal,
): (view: PodView, pod: Pod) => void {
  let reported = 0;
  const steps = { waiting: 1, running: 2, ending: 2, ended: 2 };

  return (view, pod) => {
    const step = steps[view.kind];
    if (step <= reported || view.kind === "ended") return;
    reported = step;
    const startedAt = view.kind === "running" ? view.startedAt : null;
    const progress = {
      at: new Date(startedAt ?? deps.clock.now()).toISOString(),
      pod: {
        namespace: pod.metadata.namespace ?? "",
        name: pod.metadata.name,
        node: pod.spec.nodeName ?? null,
      },
    };
    if (step === 2) deps.progress({ state: "running", ...progress });
    else
      void deps.clock.sleep(startingAfterMs, over).then(() => {
        if (reported === 1 && !over.aborted) deps.progress({ state: "starting", ...progress });
      });
  };
}
