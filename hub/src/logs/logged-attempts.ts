import { and, asc, eq, exists, gt, or, sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { attempts, logChunks, runSuites, shards } from "../database/schema/runs.ts";

export type LogFilter = {
  readonly suite?: string | undefined;
  /** The shard's index. */
  readonly shard?: number | undefined;
  /** The attempt's number. */
  readonly attempt?: number | undefined;
};
export type LoggedAttempt = {
  readonly id: string;
  readonly suite: string;
  /** The suite's place in its run. */
  readonly suitePosition: number;
  readonly shardKind: "list" | "test";
  readonly shardIndex: number;
  readonly number: number;
  /** True when the output is one blob, to which nothing is added. */
  readonly isCompacted: boolean;
};

/** The attempts of a run that have console output: by suite, listings first, shard, number. */
export function loggedAttempts(
  queryable: Queryable,
  runId: string,
  filter: LogFilter,
): Promise<LoggedAttempt[]> {
  return queryable
    .select({
      id: attempts.id,
      suite: runSuites.name,
      suitePosition: runSuites.position,
      shardKind: shards.kind,
      shardIndex: shards.index,
      number: attempts.number,
      isCompacted: sql<boolean>`${attempts.logBlobKey} is not null`,
    })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shardId))
    .innerJoin(runSuites, eq(runSuites.id, shards.suiteId))
    .where(
      and(
        eq(attempts.runId, runId),
        or(gt(attempts.logBytes, 0), hasChunks(queryable)),
        filter.suite === undefined
          ? undefined
          : sql`${filter.suite} in (${runSuites.name}, ${runSuites.origin})`,
        filter.shard === undefined ? undefined : eq(shards.index, filter.shard),
        filter.attempt === undefined ? undefined : eq(attempts.number, filter.attempt),
      ),
    )
    .orderBy(asc(runSuites.position), asc(shards.kind), asc(shards.index), asc(attempts.number));
}

/** A gap may be all that is known of an output. */
function hasChunks(queryable: Queryable) {
  return exists(
    queryable.select({ id: logChunks.attemptId }).from(logChunks).where(eq(logChunks.attemptId, attempts.id)),
  );
}
