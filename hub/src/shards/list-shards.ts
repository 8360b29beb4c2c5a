import type { Attempt, Shard } from "@seatrial/contracts/runs/run.ts";
import { asc, eq, getTableColumns } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { clusters } from "../database/schema/clusters.ts";
import { attempts, runSuites, shards } from "../database/schema/runs.ts";
import { countResults, noCounts } from "../results/count-results.ts";

type AttemptRow = typeof attempts.$inferSelect & { cluster: string | null };

/** All shards of a run with their attempts: listings first, by suite and index. At most a few thousand. */
export async function listShards(queryable: Queryable, runId: string): Promise<Shard[]> {
  const rows = await queryable
    .select({ ...getTableColumns(shards), suite: runSuites.name })
    .from(shards)
    .innerJoin(runSuites, eq(runSuites.id, shards.suiteId))
    .where(eq(shards.runId, runId))
    .orderBy(asc(runSuites.position), asc(shards.kind), asc(shards.index));
  const byShard = Map.groupBy(await attemptsOf(queryable, runId), (attempt) => attempt.shardId);
  const counts = new Map((await countResults(queryable, [runId])).map((entry) => [entry.shardId, entry]));
  return rows.map((row) => {
    const { passed, failed, errored, skipped, flaky } = counts.get(row.id) ?? noCounts;
    const { id, suite, kind, index, count, state, caseCount, reason } = row;
    return {
      ...{ id, suite, kind, index, count, state, caseCount, reason },
      counts: { passed, failed, errored, skipped, flaky },
      attempts: (byShard.get(id) ?? []).map(attemptView),
    };
  });
}

function attemptsOf(queryable: Queryable, runId: string): Promise<AttemptRow[]> {
  return queryable
    .select({ ...getTableColumns(attempts), cluster: clusters.name })
    .from(attempts)
    .leftJoin(clusters, eq(clusters.id, attempts.clusterId))
    .where(eq(attempts.runId, runId))
    .orderBy(asc(attempts.number));
}

function attemptView(row: AttemptRow): Attempt {
  return {
    id: row.id,
    shardId: row.shardId,
    number: row.number,
    state: row.state,
    cluster: row.cluster,
    placement: row.placement ?? null,
    createdAt: row.createdAt.toISOString(),
    leasedAt: row.leasedAt?.toISOString() ?? null,
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    pod: row.pod ?? null,
    exit: row.exit ?? null,
    logBytes: row.logBytes,
  };
}
