import { asc, inArray } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { runSuites } from "../database/schema/runs.ts";
import type { RunSuite } from "../leases/attempt-context.ts";

/** One of what is compared; see `ComparisonColumn`. */
export type Column = { readonly key: string; readonly suite: RunSuite };

/** A suite and the columns in which its cases are compared, in their order. */
export type ColumnGroup = { readonly suite: string; readonly columns: readonly Column[] };

/**
 * What there is to compare. In one run: each suite that has copies in places, by place. In two: each suite that both
 * have, by run, copies with the copy of the same place. `only`: this suite alone.
 */
export async function readColumns(
  queryable: Queryable,
  runId: string,
  otherRunId: string | undefined,
  only: string | undefined,
): Promise<ColumnGroup[]> {
  const runIds = otherRunId === undefined ? [runId] : [runId, otherRunId];
  const found = await queryable
    .select()
    .from(runSuites)
    .where(inArray(runSuites.runId, runIds))
    .orderBy(asc(runSuites.position));
  // The run that is asked about comes first.
  const suites = runIds.flatMap((id) => found.filter((suite) => suite.runId === id));
  const groups = new Map<string, Column[]>();
  for (const suite of suites) {
    const { name, origin, place } = suite;
    if (only !== undefined && only !== name && only !== origin) continue;
    const [group, key] = otherRunId === undefined ? [origin, place?.value] : [name, suite.runId];
    if (group === null || key === undefined) continue;
    groups.set(group, [...(groups.get(group) ?? []), { key, suite }]);
  }
  const least = otherRunId === undefined ? 1 : 2;
  return [...groups]
    .map(([suite, columns]) => ({ suite, columns }))
    .filter(({ columns }) => columns.length >= least);
}
