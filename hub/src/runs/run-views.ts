import type { ResultCounts, Run } from "@seatrial/contracts/runs/run.ts";
import { and, asc, count, eq, inArray } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import { runSuites, type runs, shards } from "../database/schema/runs.ts";
import { countResults, type ShardCounts, sumCounts } from "../results/count-results.ts";

type RunRow = typeof runs.$inferSelect;
type SuiteRow = typeof runSuites.$inferSelect;

/** Runs of one project as the API shows them, with suites and counts; in the order given. */
export async function runViews(
  queryable: Queryable,
  project: string,
  rows: readonly RunRow[],
): Promise<Run[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const suites = await queryable
    .select()
    .from(runSuites)
    .where(inArray(runSuites.runId, ids))
    .orderBy(asc(runSuites.position));
  const shardCounts = await countTestShards(queryable, ids);
  const counts = await countResults(queryable, ids);
  const tested = await environmentsOf(queryable, rows);
  return rows.map((row) => {
    const own = suites.filter((suite) => suite.runId === row.id);
    const views = own.map((suite) => suiteView(suite, shardCounts.get(suite.id), counts));
    const sum = sumCounts(counts.filter((entry) => entry.runId === row.id));
    return { ...runView(row, project, views, sum), environment: environmentPart(row, tested) };
  });
}

async function environmentsOf(queryable: Queryable, rows: readonly RunRow[]) {
  const ids = rows.flatMap(({ environmentId }) => environmentId ?? []);
  if (ids.length === 0) return [];
  const { id, name, state } = environments;
  return queryable.select({ id, name, state }).from(environments).where(inArray(environments.id, ids));
}

function environmentPart(
  row: RunRow,
  tested: readonly Omit<NonNullable<Run["environment"]>, "owned">[],
): Run["environment"] {
  const found = tested.find(({ id }) => id === row.environmentId);
  return found === undefined ? null : { ...found, owned: row.environmentOwned };
}

function runView(
  row: RunRow,
  project: string,
  suites: Run["suites"],
  counts: ResultCounts,
): Omit<Run, "environment"> {
  return {
    id: row.id,
    project,
    state: row.state,
    reason: row.reason,
    suites,
    counts,
    change: row.change ?? null,
    contentSha256: row.contentSha256,
    rerunOf: row.rerunOf,
    pullRequestId: row.pullRequestId,
    images: row.images,
    priority: row.priority,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

function suiteView(
  suite: SuiteRow,
  testShards: number | undefined,
  counts: readonly ShardCounts[],
): Run["suites"][number] {
  return {
    name: suite.name,
    origin: suite.origin,
    place: suite.place ?? null,
    optional: suite.optional,
    state: suite.state,
    // Until the shards are made: what the suite asks for.
    shards: testShards ?? suite.spec.shards,
    caseCount: suite.caseCount,
    counts: sumCounts(counts.filter((entry) => entry.suiteId === suite.id)),
    reason: suite.reason,
  };
}

async function countTestShards(queryable: Queryable, runIds: string[]): Promise<Map<string, number>> {
  const rows = await queryable
    .select({ suiteId: shards.suiteId, shards: count() })
    .from(shards)
    .where(and(inArray(shards.runId, runIds), eq(shards.kind, "test")))
    .groupBy(shards.suiteId);
  return new Map(rows.map((row) => [row.suiteId, row.shards]));
}
