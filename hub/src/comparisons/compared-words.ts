import { type SQL, sql } from "drizzle-orm";
import { withTries } from "../results/tries.ts";
import type { ColumnGroup } from "./read-columns.ts";

/** Outcomes by rank: where shards of one suite ran the same case, the worst one counts. */
export const outcomesByRank = ["skipped", "passed", "errored", "failed"] as const;
const redFrom = 2;

/**
 * CTEs: `words`: the outcome of each case in each column (`grp`: number of the suite, `ordinal`: of the column in it);
 * `cases`: whether the columns agree on it, and which is red alone. A column that told of no case is left out, so a place
 * that was never reached does not make every case differ. `last_words`: the same by shard, with the number of the
 * attempt. Its last word is the greatest of one number that holds attempt, superseded or not, and rank: one aggregate over
 * 100 000 results, where ordered ones would sort them again and again. Index: `results_run`.
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
      select grp, ordinal, shard_id, "case", was_red, word / 8 as number, (word % 4)::int as rank from (
        select c.grp, c.ordinal, a.shard_id, r.case, bool_or(r.outcome in ('failed', 'errored')) as was_red,
          max(a.number::bigint * 8 + case when a.superseded then 4 else 0 end + ${rankOfOutcome}) as word
        from results r join tries a on a.id = r.attempt_id join shards s on s.id = a.shard_id
          join columns c on c.suite_id = s.suite_id
        where r.run_id in ${runIds} and ${ofNames}
        group by c.grp, c.ordinal, a.shard_id, r.case
      ) as packed where word % 8 < 4
    ),
    words as materialized (
      select grp, ordinal, "case", max(rank) as rank from last_words group by grp, ordinal, "case"
    ),
    cases as (
      select grp, "case", count(*)::int as told, min(rank) <> max(rank) as is_mixed,
        count(*) filter (where rank >= ${redFrom}::int)::int as reds,
        min(ordinal) filter (where rank >= ${redFrom}::int) as first_red
      from words group by grp, "case"
    ),
    totals as (
      select grp, count(*)::int as told_columns, array_agg(ordinal order by ordinal) as ordinals
      from (select grp, ordinal from words group by grp, ordinal) as told group by grp
    )`;
}

/** The same order as `outcomesByRank`. */
const rankOfOutcome = sql`case r.outcome when 'skipped' then 0 when 'passed' then 1 when 'errored' then 2 else 3 end`;

/** Of a row of `cases` with its `totals`: true when the columns do not agree. */
export const isDifferent = sql`(told < told_columns or is_mixed)`;
