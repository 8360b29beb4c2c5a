import type { Comparison } from "@seatrial/contracts/runs/comparison.ts";
import type { HubDeps } from "../app/hub-deps.ts";
import type { ProjectRow } from "../auth/caller.ts";
import { findRun } from "../runs/find-run.ts";
import { countDifferences } from "./count-differences.ts";
import { type CaseQuery, listComparedCases } from "./list-compared-cases.ts";
import { readColumns } from "./read-columns.ts";

export type ComparisonQuery = CaseQuery & {
  /** Another run of the project: compare with it instead of place with place. */
  readonly with?: string | undefined;
  readonly suite?: string | undefined;
};

/**
 * Where the outcomes of a run's suites differ between the places of its copies, or between this run and another one.
 * Only results are read: no verdict changes by it. Throws `not_found` for a run of another project.
 */
export async function compareRun(
  deps: HubDeps,
  project: ProjectRow,
  runId: string,
  query: ComparisonQuery,
): Promise<Comparison> {
  await findRun(deps.database, project, runId);
  if (query.with !== undefined) await findRun(deps.database, project, query.with);
  const groups = await readColumns(deps.database, runId, query.with, query.suite);
  if (groups.length === 0) return { suites: [], items: [], nextCursor: null };
  const page = await listComparedCases(deps.database, groups, query);
  const suites = query.cursor === undefined ? await countDifferences(deps.database, groups) : null;
  return { suites, ...page };
}
