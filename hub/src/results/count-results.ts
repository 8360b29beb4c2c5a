import type { ResultCounts } from "@seatrial/contracts/runs/run.ts";
import { sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";
import { withTries } from "./tries.ts";

export type ShardCounts = ResultCounts & { runId: string; suiteId: string; shardId: string };

/** No results. */
export const noCounts: ResultCounts = { passed: 0, failed: 0, errored: 0, skipped: 0, flaky: 0 };

/**
 * Counts the last word on each case, per shard, of these runs. A case is flaky when its last word is `passed` and an
 * earlier attempt in this run was red. Index: `results_run`.
 */
export async function countResults(queryable: Queryable, runIds: readonly string[]): Promise<ShardCounts[]> {
  if (runIds.length === 0) return [];
  return executeRows<ShardCounts>(
    queryable,
    sql`${withTries(sql`a.run_id in ${[...runIds]}`)}
        select run_id as "runId", suite_id as "suiteId", shard_id as "shardId",
          count(*) filter (where last = 'passed')::int as passed,
          count(*) filter (where last = 'failed')::int as failed,
          count(*) filter (where last = 'errored')::int as errored,
          count(*) filter (where last = 'skipped')::int as skipped,
          count(*) filter (where last = 'passed' and was_red)::int as flaky
        from (
          select r.run_id, s.suite_id, a.shard_id, r.case,
            (array_agg(r.outcome order by a.number desc))[1] as last,
            (array_agg(a.superseded order by a.number desc))[1] as superseded,
            bool_or(r.outcome in ('failed', 'errored')) as was_red
          from results r join tries a on a.id = r.attempt_id join shards s on s.id = a.shard_id
          where r.run_id in ${[...runIds]}
          group by r.run_id, s.suite_id, a.shard_id, r.case
        ) as cases
        where not superseded
        group by run_id, suite_id, shard_id`,
  );
}

/** The sum of some counts. */
export function sumCounts(all: readonly ResultCounts[]): ResultCounts {
  const sum = { ...noCounts };
  for (const counts of all)
    for (const key of ["passed", "failed", "errored", "skipped", "flaky"] as const) sum[key] += counts[key];
  return sum;
}
