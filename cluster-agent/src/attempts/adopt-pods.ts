import type { LeaseTimes } from "@seatrial/contracts/agent-protocol/join.ts";
import { leasesTold } from "@seatrial/contracts/agent-protocol/orders.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { finishLease } from "@seatrial/hub-link/leases/finish-lease.ts";
import { ofKind } from "@seatrial/hub-link/leases/receive-claim.ts";
import type { HubLink } from "@seatrial/hub-link/link/create-hub-link.ts";
import type { Spool } from "@seatrial/hub-link/spool/open-spool.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { exitOf } from "../judge/pod-view.ts";
import type { PodFeed } from "../pods/pod-feed.ts";
import { leaseLabel } from "../pods/pod-labels.ts";
import type { AttemptTable } from "./attempt.ts";

export type AdoptPodsDeps = {
  link: Pick<HubLink, "adopt" | "finish">;
  feed: PodFeed;
  spool: Pick<Spool, "leases" | "of"> | null;
  table: AttemptTable;
  clock: Clock;
  logger: Logger;
  instance: string;
  shutdown: AbortSignal;
};

/** `leftovers`: pods of leases that the hub wants stopped. They are still there. */
export type Adopted = { times: LeaseTimes; leftovers: Pod[] };

/**
 * Once after a start: goes on with what the process before left in the cluster and on disk. Held leases run on,
 * cancelled ones are ended, records of leases that the hub wants stopped are deleted. It does not wait for the cluster:
 * held leases run out until they are beaten for. Throws what the hub says.
 */
export async function adoptPods(deps: AdoptPodsDeps): Promise<Adopted> {
  const byLease = new Map<string, Pod>();
  for (const pod of deps.feed.all()) byLease.set(pod.metadata.labels?.[leaseLabel] ?? "", pod);
  const found = new Set([...byLease.keys(), ...(deps.spool?.leases() ?? [])]);
  // The hub refuses a request with a value that can be no id of its own. The sweep deletes such a pod.
  const leases = [...found].filter((leaseId) => leaseId !== "" && leaseId.length <= 40);
  const answer = await deps.link.adopt({ instance: deps.instance, leases });
  deps.logger.info(
    {
      pods: byLease.size,
      found: leases.length,
      held: answer.held.length,
      stopped: answer.orders.length,
    },
    "looked after the pods of the process before",
  );
  deps.table.take(ofKind(answer.held, "shard"), true);
  for (const { leaseId } of answer.orders)
    if (deps.spool?.leases().includes(leaseId)) await (await deps.spool.of(leaseId)).drop();
  for (const leaseId of leasesTold(answer.orders, "cancel")) void endCancelled(deps, leaseId);
  return {
    times: answer.times,
    leftovers: answer.orders.flatMap(({ leaseId }) => byLease.get(leaseId) ?? []),
  };
}

async function endCancelled(deps: AdoptPodsDeps, leaseId: string): Promise<void> {
  const request = {
    instance: deps.instance,
    startedAt: null,
    endedAt: new Date(deps.clock.now()).toISOString(),
    exit: { ...exitOf("cancelled", "The run was cancelled."), evidence: [] },
    collected: null,
  };
  await finishLease({ ...deps, finish: deps.link.finish }, leaseId, request, deps.shutdown);
}
