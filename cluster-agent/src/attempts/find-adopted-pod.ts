import type { LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { judgeGonePod } from "../judge/judge-pod.ts";
import type { PodApi } from "../pods/pod-api.ts";
import type { PodFeed } from "../pods/pod-feed.ts";
import { labelValue, leaseLabel, podNameOf } from "../pods/pod-labels.ts";
import type { EnsuredPod } from "./ensure-pod.ts";

/**
 * The pod of an attempt that an agent before this one began. One that is gone is never made anew: its command may have
 * run, and the hub decides whether it runs again.
 */
export async function findAdoptedPod(
  { pods, feed, clock }: { pods: Pick<PodApi, "get">; feed: Pick<PodFeed, "get">; clock: Clock },
  grant: LeaseGrant,
  signal: AbortSignal,
): Promise<EnsuredPod> {
  const backoff = createBackoff({ firstMilliseconds: 300, maxMilliseconds: 10_000, random: Math.random });
  while (!signal.aborted) {
    const name = podNameOf(grant.work.attemptId);
    const found = feed.get(name) ?? (await pods.get(name).catch(() => undefined));
    if (found?.metadata.labels?.[leaseLabel] === labelValue(grant.leaseId)) return { pod: found };
    if (found !== undefined) return { exit: judgeGonePod(null).exit };
    await clock.sleep(backoff.next(), signal);
  }
  return "stopped";
}
