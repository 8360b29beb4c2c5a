import type { PlacementReason } from "@seatrial/contracts/placement/placement.ts";
import { describeReach } from "./describe-reach.ts";
import type { ClusterFacts, ItemFacts, Room } from "./placement-facts.ts";
import { spreadValue } from "./read-shares.ts";
import { describeTaint, tolerates } from "./tolerates.ts";

export type Chosen = Pick<
  ItemFacts,
  "clusterLabels" | "tolerations" | "onlyClusterId" | "binding" | "spread" | "priority"
>;

/** What decided: how its project stood among those that waited, and the room that the agent had. */
export type Circumstances = {
  readonly room: Room;
  /** Leases of its project before this answer. */
  readonly running: number;
  /** Projects with work for this cluster. */
  readonly projects: number;
};

/** Why an item was placed where it was, as it was at that moment: what it asked for, then why it was its turn. */
export function whyHere(
  item: Chosen,
  cluster: Pick<ClusterFacts, "name" | "labels" | "taints">,
  { room, running, projects }: Circumstances,
): PlacementReason[] {
  const reasons: PlacementReason[] = [];
  const wanted = Object.entries(item.clusterLabels).map((label) => label.join("="));
  if (wanted.length > 0) reasons.push({ code: "labels", message: `has ${wanted.join(", ")}` });
  const stood = cluster.taints.filter((taint) => tolerates(item.tolerations, taint));
  if (stood.length > 0)
    reasons.push({ code: "taint", message: `the suite tolerates ${stood.map(describeTaint).join(", ")}` });
  if (item.onlyClusterId !== null) reasons.push(whyOnlyHere(item));
  if (item.spread !== null) {
    const { label } = item.spread;
    const value = spreadValue(label, cluster) ?? "";
    reasons.push({ code: "spread", message: `${label} ${value} had not its share of the suite` });
  }
  if (projects > 1)
    reasons.push({
      code: "fairness",
      message: `its project ran ${running}, and ${projects} projects waited: the one that runs least comes first`,
    });
  if (item.priority !== 0) reasons.push({ code: "priority", message: `priority ${item.priority}` });
  const slots = room.slots === 1 ? "a free slot" : `${room.slots} free slots`;
  reasons.push({ code: "chosen", message: `asked first with room for it: it had ${slots}` });
  return reasons;
}

function whyOnlyHere({ binding }: Chosen): PlacementReason {
  switch (binding?.by) {
    case "copy":
      return { code: "binding", message: "this copy of its suite belongs to this cluster" };
    case "environment":
      return { code: "reach", message: `only from here ${describeReach(binding)} is reached` };
    default:
      return { code: "reach", message: "the one cluster in which it may run" };
  }
}
