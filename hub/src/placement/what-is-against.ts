import type { PlacementReason } from "@seatrial/contracts/placement/placement.ts";
import { describeReach } from "./describe-reach.ts";
import type { ClusterFacts, ItemFacts, ItemSize, Wishes } from "./placement-facts.ts";
import { describeTaint, tolerates } from "./tolerates.ts";

/** The queue's word on an item that the cluster itself would take: spread, quota, fairness, priority, order; or none. */
export type QueueAnswer = PlacementReason | null;

/**
 * What speaks against placing an item in a cluster, empty when it goes there as soon as the cluster asks. This is the
 * only judge of placement: the statement of `leases/claim-candidates.ts` selects by the same rules, and a property test
 * holds the two together. `queue` is asked only when the cluster itself has no objection.
 */
export function whatIsAgainst(
  item: ItemFacts,
  cluster: ClusterFacts,
  queue: () => QueueAnswer,
): PlacementReason[] {
  if (cluster.isRevoked) return [{ code: "revoked", message: "was revoked" }];
  const lasting = [...whyNeverHere(item, cluster), ...whyTooLarge(item, cluster), ...whyNotNow(cluster)];
  if (lasting.length > 0) return lasting;
  const crowded = whyNoRoom(item, cluster);
  if (crowded.length > 0) return crowded;
  const answer = queue();
  return answer === null ? [] : [answer];
}

/** What no time mends: somebody must change the cluster or the suite. */
export function whyNeverHere(
  item: Wishes,
  cluster: Pick<ClusterFacts, "id" | "labels" | "taints" | "projectIds">,
): PlacementReason[] {
  const reasons: PlacementReason[] = [];
  if (cluster.projectIds?.includes(item.projectId) === false)
    reasons.push({ code: "projects", message: "is not open to this project" });
  const missing = Object.entries(item.clusterLabels).filter(([key, value]) => cluster.labels[key] !== value);
  if (missing.length > 0)
    reasons.push({
      code: "labels",
      message: `has not ${missing.map((label) => label.join("=")).join(", ")}`,
    });
  const taints = cluster.taints.filter((taint) => !tolerates(item.tolerations, taint));
  if (taints.length > 0)
    reasons.push({
      code: "taint",
      message: `has the taint ${taints.map(describeTaint).join(", ")}, which it does not tolerate`,
    });
  if (item.onlyClusterId !== null && item.onlyClusterId !== cluster.id) reasons.push(whyElsewhere(item));
  return reasons;
}

function whyElsewhere({ binding }: Wishes): PlacementReason {
  switch (binding?.by) {
    case "copy":
      return { code: "binding", message: "is not the cluster to which this copy of its suite belongs" };
    case "environment":
      return { code: "reach", message: `does not reach ${describeReach(binding)}` };
    default:
      return { code: "reach", message: "is not the one cluster in which it may run" };
  }
}

/**
 * That no node of the cluster is large enough, however empty: nor does that pass, unless it gets other nodes. What runs
 * beside the tests in their pod is not counted.
 */
export function whyTooLarge(
  { cpuMillis, memoryBytes }: ItemSize,
  { name, largestNode }: Pick<ClusterFacts, "name" | "largestNode">,
): PlacementReason[] {
  if (largestNode === null) return [];
  const lacking = [
    ...(cpuMillis > largestNode.cpuMillis
      ? [{ asked: `${cores(cpuMillis)} cores`, has: cores(largestNode.cpuMillis) }]
      : []),
    ...(memoryBytes > largestNode.memoryBytes
      ? [{ asked: `${mebibytes(memoryBytes)} of memory`, has: mebibytes(largestNode.memoryBytes) }]
      : []),
  ];
  if (lacking.length === 0) return [];
  const asked = lacking.map((one) => one.asked).join(" and ");
  const has = lacking.map((one) => one.has).join(" and ");
  return [{ code: "room", message: `it asks for ${asked}; the largest node of ${name} has ${has}` }];
}

function whyNotNow({ agent, isCordoned, isDraining }: ClusterFacts): PlacementReason[] {
  const reasons: PlacementReason[] = [];
  if (isDraining) reasons.push({ code: "draining", message: "is being drained" });
  else if (isCordoned) reasons.push({ code: "cordoned", message: "is cordoned" });
  if (agent === null) reasons.push({ code: "not_ready", message: "has no agent" });
  else if (agent.isSilent) reasons.push({ code: "not_ready", message: "is silent" });
  else if (agent.slots === null)
    reasons.push({ code: "not_ready", message: "has an agent that has not asked for work yet" });
  return reasons;
}

function whyNoRoom(item: ItemFacts, { agent, room }: ClusterFacts): PlacementReason[] {
  if (room.slots < 1)
    return [{ code: "full", message: `runs ${agent?.held ?? 0} of at most ${agent?.slots ?? 0} at a time` }];
  if (room.pods < 1) return [{ code: "room", message: "has no room for another pod" }];
  const lacking = [
    ...(item.cpuMillis > room.cpuMillis
      ? [`${cores(item.cpuMillis)} cores where ${cores(Math.max(0, room.cpuMillis))} are free`]
      : []),
    ...(item.memoryBytes > room.memoryBytes
      ? [
          `${mebibytes(item.memoryBytes)} of memory where ${mebibytes(Math.max(0, room.memoryBytes))} are free`,
        ]
      : []),
  ];
  return lacking.length === 0 ? [] : [{ code: "room", message: `it needs ${lacking.join(" and ")}` }];
}

/** Fits, is ready and takes new work: one of the clusters over which a suite is spread. */
export function isEligible(item: Wishes & ItemSize, cluster: ClusterFacts): boolean {
  if (cluster.isRevoked || (cluster.agent?.slots ?? 0) < 1) return false;
  const lasting = [...whyNeverHere(item, cluster), ...whyTooLarge(item, cluster), ...whyNotNow(cluster)];
  return lasting.length === 0;
}

function cores(cpuMillis: number): string {
  return String(cpuMillis / 1_000);
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / 1_048_576)} MiB`;
}
