import { inArray, sql } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { shards } from "../database/schema/runs.ts";
import type { NewEvent } from "../events/append-events.ts";
import type { AttemptContext, Run } from "../leases/attempt-context.ts";
import { plannedCases, readCaseResults, saysFiles } from "../leases/attempt-results.ts";
import { addAttempts } from "./add-attempt.ts";
import { putCases, retryCasesKey } from "./case-blobs.ts";
import { unprovedCases } from "./covered-cases.ts";
import type { PlanningDeps } from "./planning-deps.ts";

/** A shard whose last attempt, in `context`, is to be followed by another one. */
export type RetriedShard = { context: AttemptContext; budget: "red" | "infrastructure" };

/**
 * Queues the next attempts and answers the events: after a red one of the cases alone that it did not prove, where the
 * tool selects cases, else of the same cases again. The run must be locked.
 */
export async function retryShards(
  deps: PlanningDeps,
  tx: Transaction,
  run: Run,
  retried: readonly RetriedShard[],
  at: Date,
): Promise<NewEvent[]> {
  const next = [];
  for (const { context, budget } of retried) {
    const { attempt, shard, suite } = context;
    const isRed = budget === "red";
    const casesBlobKey = isRed ? await unprovedKey(deps, tx, run, context) : attempt.casesBlobKey;
    next.push({ suite, shard, number: attempt.number + 1, casesBlobKey });
  }
  await useBudget(tx, retried, "red", { redRetriesUsed: sql`${shards.redRetriesUsed} + 1` });
  await useBudget(tx, retried, "infrastructure", {
    infrastructureRetriesUsed: sql`${shards.infrastructureRetriesUsed} + 1`,
  });
  return addAttempts(tx, run, next, at);
}

/** The same cases keep their key: results are read by whether a later attempt ran the same ones. */
async function unprovedKey(
  deps: PlanningDeps,
  tx: Transaction,
  run: Run,
  context: AttemptContext,
): Promise<string | null> {
  const { attempt, shard, suite } = context;
  const planned = await plannedCases(deps.blobs, context);
  if (planned === null) return attempt.casesBlobKey;
  const results = await readCaseResults(tx, attempt.id);
  const again = saysFiles(suite, results) ? unprovedCases(planned, results) : planned;
  if (again.length === planned.length) return attempt.casesBlobKey;
  return putCases(deps.blobs, retryCasesKey(run.projectId, shard.id, attempt.number + 1), again);
}

async function useBudget(
  tx: Transaction,
  retried: readonly RetriedShard[],
  wanted: RetriedShard["budget"],
  used: Partial<Record<"redRetriesUsed" | "infrastructureRetriesUsed", ReturnType<typeof sql>>>,
): Promise<void> {
  const own = retried.filter(({ budget }) => budget === wanted);
  const ids = own.map(({ context }) => context.shard.id);
  if (ids.length === 0) return;
  await tx
    .update(shards)
    .set({ ...used, state: "queued" })
    .where(inArray(shards.id, ids));
}
