import { eq, inArray } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { attempts, runSuites, shards } from "../database/schema/runs.ts";
import type { AttemptContext } from "./attempt-context.ts";

/** Attempts by their ids, each with its shard and, of its suite, the name that events say: no specs. */
export async function readAttempts(
  queryable: Queryable,
  attemptIds: readonly string[],
): Promise<Map<string, Pick<AttemptContext, "attempt" | "shard"> & { suite: { name: string } }>> {
  const rows = await queryable
    .select({ attempt: attempts, shard: shards, suite: { name: runSuites.name } })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shardId))
    .innerJoin(runSuites, eq(runSuites.id, shards.suiteId))
    .where(inArray(attempts.id, [...attemptIds]));
  return new Map(rows.map((row) => [row.attempt.id, row]));
}

/** What was read before with what can have changed since: all but the suite, whose name and spec are settled before its attempts. */
export async function readAttemptAgain(
  queryable: Queryable,
  before: AttemptContext,
): Promise<AttemptContext> {
  const [row] = await queryable
    .select({ attempt: attempts, shard: shards })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shardId))
    .where(eq(attempts.id, before.attempt.id));
  if (row === undefined) throw new Error(`attempt ${before.attempt.id} has no row`);
  return { ...row, suite: before.suite };
}
