import { sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";
import { withTries } from "./tries.ts";

/** The last word on each case of a suite of a run, with the shard that it comes from. */
export function lastResults(
  queryable: Queryable,
  suiteId: string,
): Promise<{ shardId: string; case: string; file: string | null; outcome: string }[]> {
  return executeRows(
    queryable,
    sql`${withTries(sql`a.shard_id in (select id from shards where suite_id = ${suiteId})`)}
        select shard_id as "shardId", "case", file, outcome from (
          select distinct on (a.shard_id, r.case) a.shard_id, r.case, r.file, r.outcome, a.superseded
          from results r join tries a on a.id = r.attempt_id
          order by a.shard_id, r.case, a.number desc
        ) as words where not superseded`,
  );
}
