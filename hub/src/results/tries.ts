import { type SQL, sql } from "drizzle-orm";

/**
 * The attempts of a run or a suite (`condition` about `a`) as the CTE `tries`. `superseded`: a later attempt of the
 * same shard ran the same cases to a verdict, so what this one said of a case that the later one did not meet counts
 * no more: half of a lost attempt's report must not leave a red case in a green run.
 */
export function withTries(condition: SQL): SQL {
  return sql`with tries as materialized (
    select a.id, a.shard_id, a.number, a.cluster_id, exists (
      select 1 from attempts l where l.shard_id = a.shard_id and l.number > a.number
        and l.state in ('passed', 'failed') and l.cases_blob_key is not distinct from a.cases_blob_key
    ) as superseded
    from attempts a where ${condition})`;
}
