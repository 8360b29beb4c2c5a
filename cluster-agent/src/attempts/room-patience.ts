import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { holdsNode, isUnschedulable } from "../judge/node-use.ts";
import type { PodFeed } from "../pods/pod-feed.ts";

/**
 * Whether it is right that a pod waits for a node: others of ours are on them, and one of them will end. That counts for
 * as long as the attempt itself may take.
 */
export function createRoomPatience({ clock, feed }: { clock: Clock; feed: Pick<PodFeed, "all"> }) {
  let waitsSince: number | null = null;
  return (pod: Pod): boolean => {
    waitsSince = isUnschedulable(pod) ? (waitsSince ?? clock.elapsed()) : null;
    if (waitsSince === null) return false;
    const others = feed.all().filter((other) => other.metadata.name !== pod.metadata.name);
    const waited = clock.elapsed() - waitsSince;
    return others.some(holdsNode) && waited < pod.spec.activeDeadlineSeconds * 1_000;
  };
}
