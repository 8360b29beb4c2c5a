import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { hasPassed, type PodView } from "../judge/pod-view.ts";
import type { Reporter } from "../reports/open-reporter.ts";
import type { Patience } from "./quick-pods.ts";

export type ProgressDeps = {
  progress: Reporter["progress"];
  clock: Pick<Clock, "now" | "sleep">;
  /** Whoever runs sooner is told as running alone, and whoever ends sooner by its end. */
  patience: Patience;
};

/**
 * Tells `starting` and `running`, each once and in order, without anything waiting for it; nothing once `over`. Of a pod
 * that ended sooner than it was told, only one that did not pass: people ask for its name and node.
 */
export function createProgressReporter(
  deps: ProgressDeps,
  over: AbortSignal,
): (view: PodView, pod: Pod) => void {
  let seen = 0;
  let told = 0;
  const steps = { waiting: 1, running: 2, ending: 2, ended: 3 };

  function tell(step: number, at: string, { metadata, spec }: Pod): void {
    if (step <= told) return;
    told = step;
    const { namespace = "", name } = metadata;
    const pod = { namespace, name, node: spec.nodeName ?? null };
    deps.progress({ state: step === 2 ? "running" : "starting", at, pod });
  }

  let newest: Pod;
  return (view, pod) => {
    newest = pod;
    const step = steps[view.kind];
    if (step <= seen) return;
    seen = step;
    const startedAt = startOf(view);
    const at = new Date(startedAt ?? deps.clock.now()).toISOString();
    if (view.kind === "ended") {
      if (!hasPassed(view.end.exit)) tell(startedAt === null ? 1 : 2, at, pod);
      return;
    }
    void deps.clock.sleep(deps.patience[step === 2 ? "running" : "starting"], over).then(() => {
      // Its node is known by now, where it was not when this was first seen.
      if (seen === step && !over.aborted) tell(step, at, newest);
    });
  };
}

function startOf(view: PodView): string | null {
  if (view.kind === "ended") return view.end.startedAt;
  return view.kind === "running" ? view.startedAt : null;
}
