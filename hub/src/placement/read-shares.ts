import { and, inArray, isNotNull, sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { workItems } from "../database/schema/work.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import type { ClusterFacts, ItemFacts } from "./placement-facts.ts";
import { readClusters } from "./read-clusters.ts";
import { type SpreadShare, spreadShare } from "./spread-share.ts";
import { isEligible } from "./what-is-against.ts";

/** One waiting shard of each suite that is spread stands for all of them: they ask for the same. */
export type SpreadItem = Omit<ItemFacts, "suiteId" | "spread"> & {
  suiteId: string;
  spread: NonNullable<ItemFacts["spread"]>;
};

/**
 * What one cluster may take now of each of these suites, by suite. Only suites with a spread are asked about, so work
 * without one pays nothing. The count follows `work_items_spread` (suite_id, cluster_id): the shards of the suites.
 * Inside a claim it must follow the projects' locks, in a statement of its own.
 */
export async function readShares(
  queryable: Queryable,
  deps: Pick<LeaseDeps, "clock" | "settings">,
  clusterId: string,
  items: readonly SpreadItem[],
  known?: readonly ClusterFacts[],
): Promise<Map<string, SpreadShare>> {
  if (items.length === 0) return new Map();
  const clusters = known ?? (await readClusters(queryable, deps));
  const placed = await readPlaced(
    queryable,
    items.map(({ suiteId }) => suiteId),
  );
  return new Map(items.map((item) => [item.suiteId, shareOf(item, clusterId, clusters, placed)]));
}

/** The same for each of these clusters, all that there are, by cluster: counted once. */
export async function readSharesEverywhere(
  queryable: Queryable,
  items: readonly SpreadItem[],
  clusters: readonly ClusterFacts[],
): Promise<Map<string, Map<string, SpreadShare>>> {
  if (items.length === 0) return new Map();
  const placed = await readPlaced(
    queryable,
    items.map(({ suiteId }) => suiteId),
  );
  return new Map(
    clusters.map(({ id }) => [
      id,
      new Map(items.map((item) => [item.suiteId, shareOf(item, id, clusters, placed)])),
    ]),
  );
}

type Placed = { suiteId: string | null; clusterId: string | null; placed: number; waiting: number };
type PlacedBySuite = ReadonlyMap<string | null, readonly Placed[]>;

async function readPlaced(queryable: Queryable, suiteIds: readonly string[]): Promise<PlacedBySuite> {
  const rows = await queryable
    .select({
      suiteId: workItems.suiteId,
      clusterId: workItems.clusterId,
      placed: sql<number>`(count(*) filter (where ${workItems.state} <> 'queued'))::int`,
      waiting: sql<number>`(count(*) filter (where ${workItems.state} = 'queued'))::int`,
    })
    .from(workItems)
    .where(and(inArray(workItems.suiteId, [...suiteIds]), isNotNull(workItems.spread)))
    .groupBy(workItems.suiteId, workItems.clusterId);
  return Map.groupBy(rows, ({ suiteId }) => suiteId);
}

function shareOf(
  item: SpreadItem,
  clusterId: string,
  clusters: readonly ClusterFacts[],
  placed: PlacedBySuite,
): SpreadShare {
  const { label } = item.spread;
  const own = clusters.find(({ id }) => id === clusterId);
  const value = own && spreadValue(label, own);
  if (value === undefined)
    return { allowed: 0, message: `has no label ${label}, over which the suite is spread`, isFinal: true };
  const rows = placed.get(item.suiteId) ?? [];
  const values = new Map(clusters.map((cluster) => [cluster.id, spreadValue(label, cluster)]));
  const placedAt = (wanted: string) =>
    rows.reduce((sum, row) => sum + (values.get(row.clusterId ?? "") === wanted ? row.placed : 0), 0);
  const eligible = clusters.filter((cluster) => cluster.id !== clusterId && isEligible(item, cluster));
  const others = [...new Set(eligible.map((cluster) => values.get(cluster.id)))]
    .filter((other) => other !== undefined && other !== value)
    .map((other) => ({
      value: other ?? "",
      placed: placedAt(other ?? ""),
      isOpen: eligible.some(({ id, room }) => values.get(id) === other && room.slots > 0),
    }));
  const waiting = rows.reduce((sum, row) => sum + row.waiting, 0);
  const share = spreadShare(item.spread, { here: placedAt(value), others, waiting });
  return { ...share, message: `${label} ${value} ${share.message}` };
}

/** A cluster's value of the label that a suite is spread over; `cluster` is its name. */
export function spreadValue(
  label: string,
  cluster: Pick<ClusterFacts, "name" | "labels">,
): string | undefined {
  // A label may be named as what every object has, such as "constructor".
  if (Object.hasOwn(cluster.labels, label)) return cluster.labels[label];
  return label === "cluster" ? cluster.name : undefined;
}
