import { sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";
import type { ShownShard } from "./report-world.ts";

/** The shards of these runs, each with what its last attempt came to. Index: `shards_run`, `attempts_run`. */
export async function readShards(queryable: Queryable, runIds: readonly string[]): Promise<ShownShard[]> {
  if (runIds.length === 0) return [];
  return executeRows<ShownShard>(
    queryable,
    sql`select s.suite_id as "suiteId", s.kind, s.index, s.count, s.state, s.reason, l.exit, c.name as cluster
        from shards s
          left join (
            select distinct on (a.shard_id) a.shard_id, a.exit, a.cluster_id
            from attempts a where a.run_id in ${[...runIds]} order by a.shard_id, a.number desc
          ) l on l.shard_id = s.id
          left join clusters c on c.id = l.cluster_id
        where s.run_id in ${[...runIds]} order by s.suite_id, s.kind, s.index`,
  );
}
