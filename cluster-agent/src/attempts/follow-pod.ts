import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { isMainOver } from "../judge/container-states.ts";
import { hasEndedByItself, judgeGonePod, judgePod } from "../judge/judge-pod.ts";
import type { ExitDraft, PodEnd, PodView } from "../judge/pod-view.ts";
import type { PodFeed } from "../pods/pod-feed.ts";
import { createRoomPatience } from "./room-patience.ts";

export type FollowPodDeps = {
  feed: PodFeed;
  /** The pods of all attempts that go on. */
  podsInHand: () => Pod[];
  /** Why the node of this pod counts as lost; null when it does not. */
  lostNode: (pod: Pod) => ExitDraft | null;
  clock: Clock;
};
export type FollowedPod = { end: PodEnd; pod: Pod | null; nodeIsLost: boolean };

/** Tests that were told to end get 30 s, and their node some time to say so. */
const endingMilliseconds = 45_000;
/** A collector gets its pod's grace, and its node some time on top. */
const sayingMilliseconds = 15_000;
/** How often what only time or the node changes is looked at. */
const tickMilliseconds = 2_000;

/**
 * Follows a pod to the end of its attempt and tells each view on the way. Null when the signal aborted first. The pod
 * must be in the feed; once it is gone from there its last state decides.
 */
export async function followPod(
  deps: FollowPodDeps,
  first: Pod,
  onView: (view: PodView, pod: Pod) => void,
  signal: AbortSignal,
): Promise<FollowedPod | null> {
  let last = deps.feed.get(first.metadata.name) ?? first;
  let isGone = false;
  let sawOwnEnd = hasEndedByItself(last);
  let changed = new AbortController();
  const unsubscribe = deps.feed.subscribe(first.metadata.name, (pod) => {
    if (pod) last = pod;
    sawOwnEnd ||= hasEndedByItself(last);
    isGone = pod === null;
    // With a reason of its own: without one an exception is made each time, which a busy agent feels.
    changed.abort("changed");
  });
  const timer = createViewTimer(deps);
  try {
    while (!signal.aborted) {
      changed = new AbortController();
      if (isGone) return { end: judgeGonePod(last, sawOwnEnd), pod: last, nodeIsLost: false };
      const view = judgePod(last, sawOwnEnd);
      onView(view, last);
      const lost = view.kind === "ended" ? null : deps.lostNode(last);
      if (lost) return { end: lostEnd(view, lost), pod: last, nodeIsLost: true };
      const end = timer.endOf(view, last);
      if (end) return { end, pod: last, nodeIsLost: false };
      await deps.clock.sleep(tickMilliseconds, AbortSignal.any([signal, changed.signal]));
    }
    return null;
  } finally {
    unsubscribe();
  }
}

/** Nothing can be collected from a lost node, so not even an end that was seen there is a verdict. */
function lostEnd(view: PodView, exit: ExitDraft): PodEnd {
  if (view.kind === "ending") return { ...view.end, exit };
  return { exit, startedAt: view.kind === "running" ? view.startedAt : null, endedAt: null, collected: null };
}

/** Turns views that last too long into ends. */
function createViewTimer({ clock, podsInHand }: Pick<FollowPodDeps, "clock" | "podsInHand">) {
  // A pull fails now for this reason, now for that: each counts from when it was first seen.
  const since = new Map<string, number>();
  const mayFindRoom = createRoomPatience({ clock, podsInHand });
  const lasted = (key: string) => {
    const at = since.get(key) ?? clock.elapsed();
    since.set(key, at);
    return clock.elapsed() - at;
  };
  const after = (key: string, milliseconds: number, end: PodEnd) =>
    lasted(key) >= milliseconds ? end : null;
  return {
    endOf(view: PodView, pod: Pod): PodEnd | null {
      if (view.kind === "ended") return view.end;
      if (view.kind === "ending")
        return isMainOver(pod)
          ? after("collecting", pod.spec.terminationGracePeriodSeconds * 1_000 + sayingMilliseconds, view.end)
          : after("ending", endingMilliseconds, view.end);
      if (view.kind === "running" || view.problem === null || mayFindRoom(pod)) {
        since.clear();
        return null;
      }
      const { kind, exit, graceSeconds } = view.problem;
      if (lasted(kind) < graceSeconds * 1_000) return null;
      return { exit, startedAt: null, endedAt: null, collected: null };
    },
  };
}
