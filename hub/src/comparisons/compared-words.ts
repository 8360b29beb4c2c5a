import { type SQL, sql } from "drizzle-orm";
import { withTries } from "../results/tries.ts";
import type { ColumnGroup } from "./read-columns.ts";

/** Outcomes by rank: where shards of one suite ran the same case, the worst one counts. */
export const outcomesByRank = ["skipped", "passed", "errored", "failed"] as const;
const redFrom = 2;

/**
 * CTEs: `words`: the outcome of each case in each column (`grp`: number of the suite, `ordinal`: of the column in it);
 * `cases`: whether the columns agree on it, and which is red alone. A column that told of no case is left out, so a place
 * that was never reached does not make every case differ. Index: `results_run`.
 */
export function withCases(groups: readonly ColumnGroup[], names: readonly string[] | null): SQL {
  const columns = groups.flatMap((group, grp) =>
    group.columns.map(({ suite: { id, runId } }, ordinal) => ({ suite_id: id, run_id: runId, grp, ordinal })),
  );
  const runIds = [...new Set(columns.map(({ run_id }) => run_id))];
  const ofNames = names === null ? sql`true` : sql`r.case in ${[...names]}`;
  return sql`${withTries(sql`a.run_id in ${runIds}`)},
    columns as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(columns)}::jsonb) as c(suite_id text, grp int, ordinal int)
    ),
    last_words as (
      select c.grp, c.ordinal, a.shard_id, r.case,
        (array_agg(array_position(${outcomeArray}, r.outcome) - 1 order by a.number desc))[1] as rank,
        (array_agg(a.superseded order by a.number desc))[1] as superseded,
        (array_agg(a.id order by a.number desc))[1] as attempt_id,
        bool_or(r.outcome in ('failed', 'errored')) as was_red
      from results r join tries a on a.id = r.attempt_id join shards s on s.id = a.shard_id
        join columns c on c.suite_id = s.suite_id
      where r.run_id in ${runIds} and ${ofNames}
      group by c.grp, c.ordinal, a.shard_id, r.case
    ),
    words as materialized (
      select grp, ordinal, "case", max(rank) as rank, bool_or(was_red) as was_red,
        (array_agg(attempt_id order by rank desc))[1] as attempt_id
      from last_words where not superseded group by grp, ordinal, "case"
    ),
    cases as (
      select grp, "case", count(*)::int as told, count(distinct rank)::int as kinds,
        count(*) filter (where rank >= ${redFrom}::int)::int as reds,
        min(ordinal) filter (where rank >= ${redFrom}::int) as first_red
      from words group by grp, "case"
    ),
    totals as (
      select grp, count(distinct ordinal)::int as told_columns, array_agg(distinct ordinal order by ordinal) as ordinals
      from words group by grp
    )`;
}

const outcomeArray = sql`array['skipped', 'passed', 'errored', 'failed']::text[]`;

/** Of a row of `cases` with its `totals`: true when the columns do not agree. */
export const isDifferent = sql`(told < told_columns or kinds > 1)`;
