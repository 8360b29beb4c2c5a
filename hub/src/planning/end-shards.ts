import { inArray } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { shards } from "../database/schema/runs.ts";
import type { Wake } from "../database/transact.ts";
import type { NewEvent } from "../events/append-events.ts";
import type { AttemptContext, Run } from "../leases/attempt-context.ts";
import { outboxChannel } from "../notifications/channels.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import { cutOrNull } from "../reports/safe-text.ts";

/** A shard whose last attempt, in `context`, decided it. */
export type EndedShard = {
  context: AttemptContext;
  state: "passed" | "failed" | "errored" | "cancelled";
  reason: string | null;
};

/**
 * Gives shards their verdicts, announces suites that are listed by that, and answers the events. One statement for all
 * that end alike: thousands may, by a cancel or with their environment. The run must be locked.
 */
export async function endShards(
  tx: Transaction,
  wake: Wake,
  run: Run,
  ended: readonly EndedShard[],
  at: Date,
): Promise<NewEvent[]> {
  const ends = ended.map(({ reason, ...end }) => ({ ...end, reason: cutOrNull(reason, 2_000) }));
  const alike = Map.groupBy(ends, ({ state, reason }) => JSON.stringify([state, reason]));
  for (const [first, ...others] of alike.values()) {
    if (first === undefined) continue;
    const { state, reason } = first;
    const ids = [first, ...others].map(({ context }) => context.shard.id);
    await tx.update(shards).set({ state, reason, finishedAt: at }).where(inArray(shards.id, ids));
  }
  for (const { context, state } of ends)
    if (context.shard.kind === "list" && state === "passed")
      await announceListed(tx, wake, run, context.suite.name, at);
  return ends.map(({ context: { shard, suite }, state, reason }) => ({
    type: "shard.finished",
    data: {
      shardId: shard.id,
      shardKind: shard.kind,
      shardIndex: shard.index,
      suite: suite.name,
      state,
      reason,
    },
  }));
}

async function announceListed(tx: Transaction, wake: Wake, run: Run, suite: string, at: Date): Promise<void> {
  const about = { projectId: run.projectId, runId: run.id, suite, at };
  await writeOutboxEntry(tx, { kind: "suite.listed", ...about });
  wake(outboxChannel);
}
