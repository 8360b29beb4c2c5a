import type { Actor } from "@seatrial/contracts/actor.ts";
import type { RunEventType } from "@seatrial/contracts/runs/run-event.ts";
import { eq, sql } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { runEvents, runs } from "../database/schema/runs.ts";

/** The actor of what the hub does by itself. */
export const systemActor: Actor = { kind: "system", id: "hub", name: "hub" };

export type EventOrigin = {
  readonly runId: string;
  readonly projectId: string;
  readonly at: Date;
  readonly actor: Actor;
};
/** Rows of one insert: a statement has at most 65 535 parameters, and a run may queue 25 000 shards at once. */
const batchRows = 1_000;
export type NewEvent = { readonly type: RunEventType; readonly data: Record<string, unknown> };

/**
 * Numbers events and writes them. The update of the run's counter locks its row until the commit, so numbers have
 * no gaps and commit in order. Wake `runChannel(runId)` after the commit. Several events in one call cost the same.
 */
export async function appendEvents(
  tx: Transaction,
  origin: EventOrigin,
  events: readonly NewEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const [row] = await tx
    .update(runs)
    .set({ lastEvent: sql`${runs.lastEvent} + ${events.length}` })
    .where(eq(runs.id, origin.runId))
    .returning({ lastEvent: runs.lastEvent });
  if (row === undefined) throw new Error(`There is no run ${origin.runId} to append an event to.`);
  const first = row.lastEvent - events.length + 1;
  const rows = events.map((event, index) => ({ ...origin, number: first + index, ...event }));
  for (let start = 0; start < rows.length; start += batchRows)
    await tx.insert(runEvents).values(rows.slice(start, start + batchRows));
}
