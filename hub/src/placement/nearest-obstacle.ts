import type { PlacementCode, PlacementReason } from "@seatrial/contracts/placement/placement.ts";
import type { Opinion } from "./explain-waiting.ts";
import type { WaitingItem } from "./read-waiting.ts";

/** From what the next minutes mend to what nothing mends; `too_large`: the `room` that no node has. */
const byDistance: readonly (PlacementCode | "too_large")[] = [
  "chosen",
  "order",
  "priority",
  "fairness",
  "full",
  "room",
  "not_begun",
  "quota",
  "spread",
  "not_ready",
  "provisioner_silent",
  "cordoned",
  "draining",
  "no_provisioner",
  "key",
  "too_large",
  "taint",
  "labels",
  "projects",
  "reach",
  "revoked",
  "binding",
];
const distanceIn =
  ({ isTooLarge }: Opinion) =>
  ({ code }: PlacementReason) =>
    byDistance.indexOf(code === "room" && isTooLarge ? "too_large" : code);

/** What holds an item: the objections of the cluster that is nearest to taking it, the nearest first. */
export function nearestObstacles(opinions: readonly Opinion[]): PlacementReason[] {
  const nearest = nearestOpinion(opinions);
  if (nearest === undefined)
    return [{ code: "not_ready", message: "no cluster has joined, see 'seatrial cluster join'" }];
  const distanceOf = distanceIn(nearest);
  return nearest.against
    .toSorted((left, right) => distanceOf(left) - distanceOf(right))
    .map(({ code, message }) => ({ code, message: `${nearest.cluster.name}: ${message}` }));
}

/** The same in a line that does not change with every lease: what a list of shards shows. */
export function describeWaiting(
  { clusterLabels, onlyClusterId, binding }: Pick<WaitingItem, "clusterLabels" | "onlyClusterId" | "binding">,
  opinions: readonly Opinion[],
): string {
  const bound = binding?.by === "copy" ? "to which its suite's copy belongs" : "where its environment is";
  const nearest = nearestOpinion(opinions.filter(({ cluster }) => !cluster.isRevoked));
  if (nearest === undefined)
    return onlyClusterId === null
      ? "waits: no cluster has joined, see 'seatrial cluster join'"
      : `waits: the cluster was revoked ${bound}`;
  const { name } = nearest.cluster;
  const distanceOf = distanceIn(nearest);
  const [worst] = nearest.against.toSorted((left, right) => distanceOf(right) - distanceOf(left));
  if (worst?.code === "room" && nearest.isTooLarge) return `waits: ${worst.message}`;
  switch (worst?.code) {
    case "labels":
      return `waits: no cluster has the labels ${Object.entries(clusterLabels)
        .map((label) => label.join("="))
        .join(", ")}`;
    case "projects":
      return "waits: no cluster is open to this project";
    case "reach":
    case "binding":
      return `waits: the cluster was revoked ${bound}`;
    case "taint":
    case "not_ready":
    case "cordoned":
    case "draining":
    case "spread":
      return `waits: ${name} ${worst.message}`;
    default:
      return onlyClusterId === null
        ? "waits for a free slot, room or quota"
        : `waits for a free slot, room or quota in ${name}, ${bound}`;
  }
}

function nearestOpinion(opinions: readonly Opinion[]): Opinion | undefined {
  const distance = (opinion: Opinion) => Math.max(0, ...opinion.against.map(distanceIn(opinion)));
  return opinions.toSorted((left, right) => distance(left) - distance(right))[0];
}
