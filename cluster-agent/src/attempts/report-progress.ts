import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import type { PodView } from "../judge/pod-view.ts";
import type { Reporter } from "../reports/open-reporter.ts";

export type ProgressDeps = { progress: Reporter["progress"]; now: () => number };

/** Tells `starting` and `running`, each once and in order, without anything waiting for it. */
export function createProgressReporter(deps: ProgressDeps): (view: PodView, pod: Pod) => void {
  let reported = 0;
  const steps = { waiting: 1, running: 2, ending: 2, ended: 2 };

  return (view, pod) => {
    const step = steps[view.kind];
    if (step <= reported || view.kind === "ended") return;
    reported = step;
    const startedAt = view.kind === "running" ? view.startedAt : null;
    deps.progress({
      state: step === 1 ? ("starting" as const) : ("running" as const),
      at: new Date(startedAt ?? deps.now()).toISOString(),
      pod: {
        namespace: pod.metadata.namespace ?? "",
        name: pod.metadata.name,
        node: pod.spec.nodeName ?? null,
      },
    });
  };
}
