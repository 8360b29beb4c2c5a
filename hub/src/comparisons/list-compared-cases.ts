import type { Page } from "@seatrial/contracts/http/page.ts";
import type { ComparedCase } from "@seatrial/contracts/runs/comparison.ts";
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Queryable } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";
import { decodeCursor, pageOf, storedInteger } from "../http/cursor.ts";
import { isDifferent, outcomesByRank, withCases } from "./compared-words.ts";
import type { ColumnGroup } from "./read-columns.ts";

export type CaseQuery = { limit: number; cursor?: string | undefined; all: boolean };
type CaseRow = { grp: number; case: string; different: boolean; ordinals: number[] };
type CellRow = {
  grp: number;
  ordinal: number;
  case: string;
  rank: number;
  was_red: boolean;
  attempt_id: string;
  message: string | null;
};
const cursorSchema = z.tuple([storedInteger, z.string()]);

/** Cases by suite and name, each with its outcome in each column: those that differ, or all of them. */
export async function listComparedCases(
  queryable: Queryable,
  groups: readonly ColumnGroup[],
  query: CaseQuery,
): Promise<Page<ComparedCase>> {
  const rows = await executeRows<CaseRow>(
    queryable,
    sql`${withCases(groups, null)}
        select grp, "case", ${isDifferent} as different, ordinals
        from cases join totals using (grp)
        where (${query.all}::boolean or ${isDifferent}) and ${after(query.cursor)}
        order by grp, "case" collate "C" limit ${query.limit + 1}`,
  );
  const page = pageOf(rows, query.limit, (row) => [row.grp, row.case]);
  const cells = await readCells(queryable, groups, page.items);
  return { ...page, items: page.items.map((row) => caseView(groups, row, cells)) };
}

function after(cursor: string | undefined) {
  if (cursor === undefined) return sql`true`;
  const [grp, name] = decodeCursor(cursor, cursorSchema);
  return sql`(grp, "case" collate "C") > (${grp}::int, ${name}::text)`;
}

/** The same words again for the cases of one page, with messages: what is red there is long. */
async function readCells(
  queryable: Queryable,
  groups: readonly ColumnGroup[],
  cases: readonly CaseRow[],
): Promise<Map<string, CellRow>> {
  if (cases.length === 0) return new Map();
  const names = [...new Set(cases.map((row) => row.case))];
  const rows = await executeRows<CellRow>(
    queryable,
    sql`${withCases(groups, names)}
        select distinct on (w.grp, w.ordinal, w.case) w.grp, w.ordinal, w.case, w.rank, w.was_red,
          r.attempt_id, r.message
        from last_words w join tries a on a.shard_id = w.shard_id and a.number = w.number
          join results r on r.attempt_id = a.id and r.case = w.case
        order by w.grp, w.ordinal, w.case, w.rank desc, w.shard_id`,
  );
  return new Map(rows.map((row) => [cellKey(row.grp, row.ordinal, row.case), row]));
}

const cellKey = (grp: number, ordinal: number, name: string) => `${grp} ${ordinal} ${name}`;

function caseView(
  groups: readonly ColumnGroup[],
  { grp, case: name, different, ordinals }: CaseRow,
  cells: ReadonlyMap<string, CellRow>,
): ComparedCase {
  const group = groups[grp];
  const columns = group?.columns ?? [];
  return {
    suite: group?.suite ?? "",
    case: name,
    different,
    cells: ordinals.flatMap((ordinal) => {
      const key = columns[ordinal]?.key;
      return key === undefined ? [] : [cellView(key, cells.get(cellKey(grp, ordinal, name)))];
    }),
  };
}

function cellView(column: string, cell: CellRow | undefined): ComparedCase["cells"][number] {
  const outcome = cell === undefined ? undefined : outcomesByRank[cell.rank];
  if (cell === undefined || outcome === undefined)
    return { column, outcome: "missing", flaky: false, message: null, attemptId: null };
  const isRed = outcome === "failed" || outcome === "errored";
  return {
    column,
    outcome,
    flaky: outcome === "passed" && cell.was_red,
    message: isRed ? cell.message : null,
    attemptId: cell.attempt_id,
  };
}
