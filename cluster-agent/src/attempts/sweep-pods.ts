import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { PodApi } from "../pods/pod-api.ts";
import type { PodFeed } from "../pods/pod-feed.ts";
import { leaseLabel } from "../pods/pod-labels.ts";
import type { AttemptTable } from "./attempt.ts";

export type SweepPodsDeps = {
  pods: PodApi;
  feed: PodFeed;
  table: Pick<AttemptTable, "knows">;
  clock: Clock;
  logger: Logger;
  everyMilliseconds: number;
  /** Leases whose pods stay for people to look at. */
  kept: ReadonlySet<string>;
};

/**
 * Deletes pods of ours that no attempt in hand owns, when two looks in a row found them so: a deletion that failed, or
 * a create whose answer was lost and whose lease went elsewhere. Runs until the signal aborts.
 */
export async function sweepPods(deps: SweepPodsDeps, signal: AbortSignal): Promise<void> {
  let suspects = new Set<string>();
  while (!signal.aborted) {
    await deps.clock.sleep(deps.everyMilliseconds, signal);
    if (signal.aborted) return;
    const orphans = deps.feed.all().filter((pod) => {
      const lease = pod.metadata.labels?.[leaseLabel] ?? "";
      return (
        pod.metadata.deletionTimestamp === undefined && !deps.table.knows(lease) && !deps.kept.has(lease)
      );
    });
    const isOld = suspects;
    suspects = new Set(orphans.map((pod) => pod.metadata.uid ?? ""));
    for (const pod of orphans.filter((orphan) => isOld.has(orphan.metadata.uid ?? ""))) {
      deps.logger.warn({ pod: pod.metadata.name }, "deleting a pod that no lease owns");
      await deps.pods.remove(pod, 1).catch(() => {});
    }
  }
}
