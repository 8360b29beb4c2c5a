import type { PlacementCode, PlacementReason } from "@seatrial/contracts/placement/placement.ts";
import type { Queryable } from "../database/database.ts";
import { whyNotChosen } from "../leases/choose-fairly.ts";
import { type ClaimScope, projectsWithWork } from "../leases/claim-candidates.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import { largestGrant, lookAhead, type Outlook } from "../leases/look-ahead.ts";
import type { ClusterFacts, ItemFacts } from "./placement-facts.ts";
import { readClusters } from "./read-clusters.ts";
import { readSharesEverywhere, type SpreadItem } from "./read-shares.ts";
import type { SpreadShare } from "./spread-share.ts";
import { whatIsAgainst, whyNeverHere, whyTooLarge } from "./what-is-against.ts";

/**
 * One cluster's answer. `isFinal`: no time mends what is against it. `isTooLarge`: its `room` is of that kind, as no node
 * there is large enough.
 */
export type Opinion = {
  cluster: ClusterFacts;
  against: PlacementReason[];
  isFinal: boolean;
  isTooLarge: boolean;
};

/**
 * What each cluster that ever joined answers to each of these waiting items, by item. A cluster without an objection
 * takes the item with its next claim: its answer is what the claim itself would choose at this moment.
 */
export async function explainWaiting(
  queryable: Queryable,
  deps: Pick<LeaseDeps, "clock" | "settings">,
  items: readonly ItemFacts[],
): Promise<Map<string, Opinion[]>> {
  const opinions = new Map<string, Opinion[]>(items.map(({ id }) => [id, []]));
  if (items.length === 0) return opinions;
  const clusters = await readClusters(queryable, deps);
  const shares = await readSharesEverywhere(queryable, spreadItems(items), clusters);
  for (const cluster of clusters) {
    const isAsked = items.some((item) => whatIsAgainst(item, cluster, () => null).length === 0);
    const outlook = isAsked ? await foresee(queryable, deps, cluster, clusters) : null;
    for (const item of items) {
      const share = item.spread === null ? undefined : shares.get(cluster.id)?.get(item.suiteId ?? "");
      opinions.get(item.id)?.push(opinionOf(item, cluster, outlook, share));
    }
  }
  return opinions;
}

/** What the cluster would be granted if it asked now for all that is free. */
async function foresee(
  queryable: Queryable,
  deps: Pick<LeaseDeps, "clock" | "settings">,
  cluster: ClusterFacts,
  clusters: readonly ClusterFacts[],
): Promise<Outlook | null> {
  const { id: clusterId, labels, taints, projectIds, room } = cluster;
  const scope: ClaimScope = { clusterId, labels, taints, projectIds, kinds: ["shard"] };
  const waiting = await projectsWithWork(queryable, scope);
  if (waiting.length === 0) return null;
  const grant = { ...room, slots: Math.min(room.slots, largestGrant) };
  return lookAhead(queryable, deps, scope, waiting, grant, clusters);
}

/** One item of each suite that is spread. */
function spreadItems(items: readonly ItemFacts[]): SpreadItem[] {
  const bySuite = new Map<string, SpreadItem>();
  for (const { suiteId, spread, ...item } of items)
    if (suiteId !== null && spread !== null) bySuite.set(suiteId, { ...item, suiteId, spread });
  return [...bySuite.values()];
}

function opinionOf(
  item: ItemFacts,
  cluster: ClusterFacts,
  outlook: Outlook | null,
  share: SpreadShare | undefined,
): Opinion {
  const isBlocked = share !== undefined && share.allowed < 1;
  const against = whatIsAgainst(item, cluster, () => {
    if (outlook === null) return { code: "order", message: behind };
    if (outlook.choice.chosen.some(({ id }) => id === item.id)) return null;
    const code = isBlocked ? "spread" : whyNotChosen(item, outlook.choice, outlook.loads);
    if (code === "spread" && share !== undefined) return { code, message: share.message };
    return { code, message: code === "quota" ? quotaWords(item, outlook) : (words[code] ?? code) };
  });
  // Whatever room there is: a full cluster that holds the most of a suite could not take more of it later either.
  const isSpreadOut = share?.isFinal === true && against.length > 0;
  if (isSpreadOut && !cluster.isRevoked && !against.some(({ code }) => code === "spread"))
    against.push({ code: "spread", message: share.message });
  const isTooLarge = whyTooLarge(item, cluster).length > 0;
  const isFinal = cluster.isRevoked || whyNeverHere(item, cluster).length > 0 || isTooLarge || isSpreadOut;
  return { cluster, against, isFinal, isTooLarge };
}

const behind = "older work of its project is in front of it";
const words: Partial<Record<PlacementCode, string>> = {
  room: "work in front of it takes the room that is free",
  fairness: "projects that run fewer shards come first",
  priority: "work of its project with a higher priority is in front of it",
  order: behind,
  spread: "others of its suite take the share of this place",
};

function quotaWords({ projectId }: ItemFacts, { loads }: Outlook): string {
  const { running, quota } = loads.get(projectId) ?? { running: 0, quota: 0 };
  return `its project runs ${running} and may run ${quota} at a time`;
}
