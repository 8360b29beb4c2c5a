import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { holdsNode, isUnschedulable } from "../judge/node-use.ts";

export type RoomPatienceDeps = {
  clock: Clock;
  /** The pods of attempts that go on: others make no room by their end. */
  podsInHand: () => Pod[];
};

const mostMilliseconds = 900_000;

/**
 * Whether it is right that a pod waits for a node: others of ours are on them, and one of them will end. That counts for
 * as long as the attempt itself may take, but no longer than a quarter of an hour: its sort may fit no node at all.
 */
export function createRoomPatience({ clock, podsInHand }: RoomPatienceDeps) {
  let waitsSince: number | null = null;
  return (pod: Pod): boolean => {
    waitsSince = isUnschedulable(pod) ? (waitsSince ?? clock.elapsed()) : null;
    if (waitsSince === null) return false;
    const others = podsInHand().filter((other) => other.metadata.name !== pod.metadata.name);
    const waited = clock.elapsed() - waitsSince;
    return (
      others.some(holdsNode) && waited < Math.min(mostMilliseconds, pod.spec.activeDeadlineSeconds * 1_000)
    );
  };
}
