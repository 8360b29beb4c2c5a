import type { Actor } from "@seatrial/contracts/actor.ts";
import type { Exit } from "@seatrial/contracts/runs/exit.ts";
import { eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import type { attempts } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import type { Wake } from "../database/transact.ts";
import { appendEvents } from "../events/append-events.ts";
import { outboxChannel, runChannel, workChannel } from "../notifications/channels.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import { settlePassed } from "../planning/settle-passed.ts";
import { type AttemptContext, attemptFacts, type Run, type WorkItem } from "./attempt-context.ts";
import { moveAttempt } from "./move-attempt.ts";

export type AttemptEnd = {
  state: "passed" | "failed" | "errored" | "cancelled" | "lost";
  /** Why, for people; empty when the state says it all. */
  message: string;
  exit: Exit | null;
  at: Date;
  actor: Actor;
  fields?: Partial<typeof attempts.$inferInsert>;
};

/**
 * Ends an attempt and its work item, says so in an event and announces it to the worker, unless all that follows from it
 * is done here: one transaction, whatever ended it. The run must be locked.
 */
export async function endAttempt(
  tx: Transaction,
  wake: Wake,
  run: Run,
  item: WorkItem,
  context: AttemptContext,
  end: AttemptEnd,
): Promise<void> {
  const { state, message, exit, at, actor } = end;
  const settled = state === "passed" ? await settlePassed(tx, wake, run, context, at) : null;
  const isSettled = settled !== null;
  await moveAttempt(tx, context.attempt, state, { endedAt: at, ...end.fields, exit, settled: isSettled });
  await tx.update(workItems).set({ state: "done", finishedAt: at }).where(eq(workItems.id, item.id));
  const type = state === "lost" ? ("attempt.lost" as const) : ("attempt.finished" as const);
  const data = { ...attemptFacts(context), state, reason: exit?.reason ?? null, message };
  const events = [{ type, data }, ...(settled ?? [])];
  await appendEvents(tx, { runId: run.id, projectId: run.projectId, at, actor }, events);
  wake(runChannel(run.id), workChannel);
  if (isSettled) return;
  await writeOutboxEntry(tx, { kind: "attempt.ended", projectId: run.projectId, runId: run.id, at });
  wake(outboxChannel);
}
