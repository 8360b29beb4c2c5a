import type { Page } from "@seatrial/contracts/http/page.ts";
import type { ResultOutcome, RunResult } from "@seatrial/contracts/runs/result.ts";
import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Queryable } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";
import { decodeCursor, pageOf, storedInteger } from "../http/cursor.ts";
import { withTries } from "./tries.ts";

export type ResultQuery = {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly suite?: string | undefined;
  readonly outcome?: ResultOutcome | undefined;
  readonly flaky?: boolean | undefined;
  /** Leaves `detail` out, which may be long. */
  readonly withoutDetail?: boolean;
};
type Row = Omit<RunResult, "seconds"> & { milliseconds: number | null; position: number; shardId: string };
const cursorSchema = z.tuple([storedInteger, z.string(), z.string()]);

/**
 * The last word on each case of a run over all attempts of its shard, by suite, then name in the order of its
 * characters. Flaky: the last word is `passed` and an earlier attempt was red. Index: `results_run`.
 */
export async function listResults(
  queryable: Queryable,
  runId: string,
  query: ResultQuery,
): Promise<Page<RunResult>> {
  const rows = await executeRows<Row>(
    queryable,
    sql`${withTries(sql`a.run_id = ${runId}`)}
        select * from (${lastWords(runId, query)}) as words
        where last and not superseded and ${filterOf(query)}
        order by position, "case" collate "C", "shardId" collate "C" limit ${query.limit + 1}`,
  );
  const page = pageOf(rows, query.limit, (row) => [row.position, row.case, row.shardId]);
  return { ...page, items: page.items.map(resultView) };
}

function lastWords(runId: string, { suite, withoutDetail }: ResultQuery): SQL {
  const detail = withoutDetail === true ? sql`null::text as detail` : sql`r.detail`;
  const ofSuite = suite === undefined ? sql`true` : sql`${suite} in (u.name, u.origin)`;
  return sql`
    select r.case, r.outcome, r.milliseconds, r.message, ${detail}, r.file, r.line, u.name as suite, u.position,
      s.id as "shardId", s.index as "shardIndex", a.id as "attemptId", a.number as "attemptNumber", c.name as cluster,
      a.superseded, row_number() over same_case = 1 as last,
      r.outcome = 'passed' and bool_or(r.outcome in ('failed', 'errored')) over (partition by s.id, r.case) as flaky
    from results r join tries a on a.id = r.attempt_id join shards s on s.id = a.shard_id
      join run_suites u on u.id = s.suite_id left join clusters c on c.id = a.cluster_id
    where r.run_id = ${runId} and ${ofSuite}
    window same_case as (partition by s.id, r.case order by a.number desc)`;
}

function filterOf(query: ResultQuery): SQL {
  const filters = [sql`true`];
  if (query.outcome !== undefined) filters.push(sql`outcome = ${query.outcome}`);
  if (query.flaky !== undefined) filters.push(sql`flaky = ${query.flaky}`);
  if (query.cursor !== undefined) {
    const [position, name, shardId] = decodeCursor(query.cursor, cursorSchema);
    filters.push(
      sql`(position, "case" collate "C", "shardId" collate "C") > (${position}::int, ${name}::text, ${shardId}::text)`,
    );
  }
  return sql.join(filters, sql` and `);
}

function resultView(row: Row): RunResult {
  const { milliseconds, case: name, outcome, message, detail, file, line } = row;
  const { suite, shardIndex, attemptId, attemptNumber, cluster, flaky } = row;
  return {
    ...{ case: name, outcome, message, detail, file, line },
    ...{ suite, shardIndex, attemptId, attemptNumber, cluster, flaky },
    seconds: milliseconds === null ? null : milliseconds / 1_000,
  };
}
