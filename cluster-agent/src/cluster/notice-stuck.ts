import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { isUnschedulable } from "../judge/node-use.ts";

export type StuckNoticeDeps = { podsInHand: () => Pod[]; clock: Clock };

/** So long a pod that finds no node speaks for the others: one that fits none must not keep them out. */
const countsMilliseconds = 180_000;

/**
 * Returns whether a pod in hand finds no node, and has not for long. Each look counts: a pod waits from the first one
 * that saw it so.
 */
export function createStuckNotice({ podsInHand, clock }: StuckNoticeDeps): () => boolean {
  let since = new Map<string, number>();
  return () => {
    const before = since;
    const now = clock.elapsed();
    since = new Map();
    for (const { metadata } of podsInHand().filter(isStuck)) {
      const uid = metadata.uid ?? metadata.name;
      since.set(uid, before.get(uid) ?? now);
    }
    return [...since.values()].some((at) => now - at < countsMilliseconds);
  };
}

function isStuck(pod: Pod): boolean {
  return isUnschedulable(pod) && pod.metadata.deletionTimestamp === undefined;
}
