import { sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";

/** The last word on each case of a suite of a run. */
export function lastResults(
  queryable: Queryable,
  suiteId: string,
): Promise<{ case: string; file: string | null; outcome: string }[]> {
  return executeRows(
    queryable,
    sql`select distinct on (a.shard_id, r.case) r.case, r.file, r.outcome
        from results r join attempts a on a.id = r.attempt_id join shards s on s.id = a.shard_id
        where s.suite_id = ${suiteId}
        order by a.shard_id, r.case, a.number desc`,
  );
}
