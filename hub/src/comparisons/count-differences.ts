import type { ComparisonSuite } from "@seatrial/contracts/runs/comparison.ts";
import { sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";
import { isDifferent, withCases } from "./compared-words.ts";
import type { ColumnGroup } from "./read-columns.ts";

type Row = {
  kind: "column" | "suite" | "alone";
  grp: number;
  ordinal: number;
  cases: number;
  different: number;
};

/** How many cases are equal and different, and what each column told, in one statement over all results. */
export async function countDifferences(
  queryable: Queryable,
  groups: readonly ColumnGroup[],
): Promise<ComparisonSuite[]> {
  const rows = await executeRows<Row>(
    queryable,
    sql`${withCases(groups, null)}
        select 'column' as kind, grp, ordinal, count(*)::int as cases, 0 as different from words group by grp, ordinal
        union all
        select 'suite', grp, 0, count(*)::int, (count(*) filter (where ${isDifferent}))::int
          from cases join totals using (grp) group by grp
        union all
        select 'alone', grp, first_red, count(*)::int, 0
          from cases join totals using (grp) where reds = 1 and told_columns > 1 group by grp, first_red`,
  );
  return groups.map((group, grp) => {
    const own = rows.filter((row) => row.grp === grp);
    const casesOf = (kind: Row["kind"], ordinal: number) =>
      own.find((row) => row.kind === kind && row.ordinal === ordinal)?.cases ?? 0;
    const cases = casesOf("suite", 0);
    const different = own.find(({ kind }) => kind === "suite")?.different ?? 0;
    const columns = group.columns.map(({ key, suite }, ordinal) => ({
      key,
      runId: suite.runId,
      suite: suite.name,
      place: suite.place ?? null,
      state: suite.state,
      reason: suite.reason,
      cases: casesOf("column", ordinal),
      redAlone: casesOf("alone", ordinal),
    }));
    return { suite: group.suite, columns, cases, equal: cases - different, different };
  });
}
