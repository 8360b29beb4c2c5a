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
  const groups = new Map<string, ColumnGroup>();
  for (const suite of suites) {
    const { name, origin, place } = suite;
    if (only !== undefined && only !== name && only !== origin) continue;
    const [title, key] = otherRunId === undefined ? [origin, place?.value] : [name, suite.runId];
    if (title === null || key === undefined) continue;
    const pair = otherRunId === undefined ? title : pairOf(suite);
    const known = groups.get(pair) ?? { suite: title, columns: [] };
    groups.set(pair, { ...known, columns: [...known.columns, { key, suite }] });
  }
  const least = otherRunId === undefined ? 1 : 2;
  return [...groups.values()].filter(({ columns }) => columns.length >= least);
}

/**
 * What a suite of another run must be to stand beside this one. Two places whose values are written the same in a name
 * are told apart by a number, which depends on the places that were there.
 */
function pairOf({ name, origin, place }: RunSuite): string {
  return JSON.stringify(place === null ? [name] : [origin, place.label, place.value]);
}
