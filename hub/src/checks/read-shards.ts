import { asc, desc, eq, inArray } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { clusters } from "../database/schema/clusters.ts";
import { attempts, shards } from "../database/schema/runs.ts";
import type { ShownShard } from "./report-world.ts";

/** The shards of these runs, each with what its last attempt came to. Index: `shards_run`, `attempts_run`. */
export async function readShards(queryable: Queryable, runIds: readonly string[]): Promise<ShownShard[]> {
  if (runIds.length === 0) return [];
  const { shardId, exit, clusterId } = attempts;
  const last = queryable
    .selectDistinctOn([shardId], { shardId, exit, clusterId })
    .from(attempts)
    .where(inArray(attempts.runId, [...runIds]))
    .orderBy(asc(shardId), desc(attempts.number))
    .as("last");
  const { suiteId, kind, index, count, state, reason } = shards;
  return queryable
    .select({ suiteId, kind, index, count, state, reason, exit: last.exit, cluster: clusters.name })
    .from(shards)
    .leftJoin(last, eq(last.shardId, shards.id))
    .leftJoin(clusters, eq(clusters.id, last.clusterId))
    .where(inArray(shards.runId, [...runIds]))
    .orderBy(asc(suiteId), asc(kind), asc(index));
}
