import { and, asc, eq, inArray, isNotNull, type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { attempts, shards } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import type { Binding, ItemFacts } from "./placement-facts.ts";
import { readBindings } from "./read-bindings.ts";

/** A shard that waits, with what is said of it so far. */
export type WaitingItem = ItemFacts & {
  runId: string;
  shardId: string;
  createdAt: Date;
  unplaceableSince: Date | null;
  reason: string | null;
  binding: Binding | null;
};

/**
 * Queued items under a condition, at most so many: those of which nothing was said yet, then those that no cluster could
 * take, then the others; the oldest of each first. So any number that waits for a cluster which is away hides nothing.
 */
export async function readWaiting(
  queryable: Queryable,
  condition: SQL | undefined,
  most: number,
): Promise<WaitingItem[]> {
  const rows = await queryable
    .select({ item: workItems, shardId: shards.id, reason: shards.reason })
    .from(workItems)
    .innerJoin(attempts, eq(attempts.id, workItems.attemptId))
    .innerJoin(shards, eq(shards.id, attempts.shardId))
    .where(and(eq(workItems.state, "queued"), condition))
    .orderBy(
      asc(isNotNull(shards.reason)),
      asc(workItems.unplaceableSince),
      asc(workItems.createdAt),
      asc(workItems.id),
    )
    .limit(most);
  const bindings = await readBindings(
    queryable,
    rows.map(({ item }) => item),
  );
  return rows.map(({ item, shardId, reason }) => ({
    id: item.id,
    runId: item.runId,
    projectId: item.projectId,
    suiteId: item.suiteId,
    onlyClusterId: item.onlyClusterId,
    clusterLabels: item.clusterLabels,
    tolerations: item.tolerations,
    spread: item.spread ?? null,
    cpuMillis: item.cpuMillis,
    memoryBytes: Number(item.memoryBytes),
    priority: item.priority,
    createdAt: item.createdAt,
    unplaceableSince: item.unplaceableSince,
    shardId,
    reason,
    binding: bindings.get(item.suiteId) ?? null,
  }));
}

/**
 * Of each suite with queued items under a condition the oldest: they ask for the same, so it stands for all of them. Of so
 * many suites at random: whoever asks again and again comes to each.
 */
export async function readWaitingSuites(
  queryable: Queryable,
  condition: SQL | undefined,
  most: number,
): Promise<WaitingItem[]> {
  const oldest = queryable
    .selectDistinctOn([workItems.suiteId], { id: workItems.id })
    .from(workItems)
    .where(and(eq(workItems.state, "queued"), condition))
    .orderBy(asc(workItems.suiteId), asc(workItems.createdAt), asc(workItems.id))
    .as("oldest");
  const some = queryable.select({ id: oldest.id }).from(oldest).orderBy(sql`random()`).limit(most);
  return readWaiting(queryable, inArray(workItems.id, some), most);
}
