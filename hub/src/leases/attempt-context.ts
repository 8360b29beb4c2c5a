import type { Actor } from "@seatrial/contracts/actor.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { eq } from "drizzle-orm";
import type { Queryable, Transaction } from "../database/database.ts";
import { attempts, runSuites, runs, shards } from "../database/schema/runs.ts";
import type { workItems } from "../database/schema/work.ts";

export type Run = typeof runs.$inferSelect;
export type RunSuite = typeof runSuites.$inferSelect;
export type Shard = typeof shards.$inferSelect;
export type Attempt = typeof attempts.$inferSelect;
export type WorkItem = typeof workItems.$inferSelect;

/** An attempt with the shard and the suite it belongs to. */
export type AttemptContext = { attempt: Attempt; shard: Shard; suite: RunSuite };
/** What names one to people and in events. */
export type AttemptNames = {
  attempt: Pick<Attempt, "id" | "number">;
  shard: Pick<Shard, "id" | "kind" | "index">;
  suite: Pick<RunSuite, "name">;
};

/**
 * Locks a run for the transaction. Everything that writes an event of a run takes this lock first, then work items:
 * one order for all, so nothing deadlocks, and what is read after it is still true at the commit.
 */
export async function lockRun(tx: Transaction, runId: string): Promise<Run> {
  const [run] = await tx.select().from(runs).where(eq(runs.id, runId)).for("update");
  if (run === undefined) throw new SeatrialError("not_found", `There is no run "${runId}".`);
  return run;
}

export async function readAttempt(queryable: Queryable, attemptId: string): Promise<AttemptContext> {
  const [row] = await queryable
    .select({ attempt: attempts, shard: shards, suite: runSuites })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shardId))
    .innerJoin(runSuites, eq(runSuites.id, shards.suiteId))
    .where(eq(attempts.id, attemptId));
  if (row === undefined) throw new Error(`attempt ${attemptId} has no row`);
  return row;
}

/** What every event of an attempt says, so that a page can follow a run by its events alone. */
export function attemptFacts({ attempt, shard, suite }: AttemptNames): Record<string, unknown> {
  return {
    attemptId: attempt.id,
    number: attempt.number,
    shardId: shard.id,
    shardKind: shard.kind,
    shardIndex: shard.index,
    suite: suite.name,
  };
}

/** The agent of a cluster, as events and audit name it. */
export function agentActor(member: { id: string; clusterName: string }): Actor {
  return { kind: "agent", id: member.id, name: member.clusterName };
}
