import type { RunResult } from "@seatrial/contracts/runs/result.ts";
import type { ResultCounts } from "@seatrial/contracts/runs/run.ts";
import { and, asc, desc, eq, inArray } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { pullRequestRuns } from "../database/schema/pull-requests.ts";
import { runSuites, runs } from "../database/schema/runs.ts";
import type { PullRequestRow } from "../pull-requests/pull-request-row.ts";
import { countResults, noCounts, type ShardCounts, sumCounts } from "../results/count-results.ts";
import { listResults } from "../results/list-results.ts";
import { readShards } from "./read-shards.ts";
import type { ShownRun, ShownShard, ShownSuite } from "./report-world.ts";

/** A check takes this many annotations, and nobody reads more: of all runs together. */
export const mostRed = 1_000;
const mostFlaky = 5;

/** The last attempt of each run of these commits of a pull request, by name. */
export async function readRuns(
  queryable: Queryable,
  { id, projectId }: PullRequestRow,
  shas: readonly string[],
): Promise<ShownRun[]> {
  if (shas.length === 0) return [];
  const rows = await queryable
    .selectDistinctOn([pullRequestRuns.sha, pullRequestRuns.name], {
      own: pullRequestRuns,
      run: { id: runs.id, state: runs.state, reason: runs.reason },
    })
    .from(pullRequestRuns)
    .leftJoin(runs, and(eq(runs.id, pullRequestRuns.runId), eq(runs.projectId, projectId)))
    .where(and(eq(pullRequestRuns.pullRequestId, id), inArray(pullRequestRuns.sha, [...shas])))
    .orderBy(asc(pullRequestRuns.sha), asc(pullRequestRuns.name), desc(pullRequestRuns.attempt));
  const runIds = rows.flatMap(({ run }) => run?.id ?? []);
  const suites = await readSuites(queryable, runIds);
  const counts = await countResults(queryable, runIds);
  const shown: ShownRun[] = [];
  let left = mostRed;
  // One after the other: a report must not hold all connections of the hub.
  for (const { own, run } of rows) {
    const ofRun = run === null ? noCounts : sumCounts(counts.filter((one) => one.runId === run.id));
    const cases = run === null ? { red: [], flaky: [] } : await readCases(queryable, run.id, ofRun, left);
    left -= cases.red.length;
    const ofSuites = run === null ? [] : shownSuites(suites.get(run.id) ?? [], counts);
    shown.push({ ...own, run, suites: ofSuites, counts: ofRun, ...cases });
  }
  return shown;
}

type SuiteWithShards = Omit<ShownSuite, "counts">;

async function readSuites(queryable: Queryable, runIds: string[]): Promise<Map<string, SuiteWithShards[]>> {
  if (runIds.length === 0) return new Map();
  const { id, runId, name, spec, state, reason, optional, caseCount } = runSuites;
  const rows = await queryable
    .select({ id, runId, name, spec, state, reason, optional, caseCount })
    .from(runSuites)
    .where(inArray(runId, runIds))
    .orderBy(asc(runSuites.position));
  const shards = Map.groupBy(await readShards(queryable, runIds), ({ suiteId }) => suiteId);
  const withShards = rows.map((row) => ({ ...row, shards: shards.get(row.id) ?? ([] as ShownShard[]) }));
  return Map.groupBy(withShards, (row) => row.runId);
}

function shownSuites(suites: readonly SuiteWithShards[], counts: readonly ShardCounts[]): ShownSuite[] {
  return suites.map((suite) => ({
    ...suite,
    counts: sumCounts(counts.filter(({ suiteId }) => suiteId === suite.id)),
  }));
}

/** Nothing is asked for where the counts know that there is nothing. */
async function readCases(queryable: Queryable, runId: string, counts: ResultCounts, mostHere: number) {
  const red: RunResult[] = [];
  for (const outcome of ["failed", "errored"] as const) {
    const limit = mostHere - red.length;
    if (counts[outcome] > 0 && limit > 0) red.push(...(await casesOf(queryable, runId, { outcome }, limit)));
  }
  const flaky = counts.flaky === 0 ? [] : await casesOf(queryable, runId, { flaky: true }, mostFlaky);
  return { red, flaky: flaky.map((one) => `${one.suite} › ${one.case}`) };
}

async function casesOf(
  queryable: Queryable,
  runId: string,
  filter: { outcome?: "failed" | "errored"; flaky?: true },
  limit: number,
): Promise<RunResult[]> {
  return (await listResults(queryable, runId, { limit, withoutDetail: true, ...filter })).items;
}
