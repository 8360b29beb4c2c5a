import type { Page } from "@seatrial/contracts/http/page.ts";
import type { RunEvent, RunEventType } from "@seatrial/contracts/runs/run-event.ts";
import { and, asc, eq, gt } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { runEvents } from "../database/schema/runs.ts";
import { decodeCursor, pageOf, storedInteger } from "../http/cursor.ts";

/** Events of a run after a number, in order, at most `limit`. Index: `run_events_number`. */
export async function eventsAfter(
  queryable: Queryable,
  runId: string,
  number: number,
  limit: number,
): Promise<RunEvent[]> {
  const rows = await queryable
    .select()
    .from(runEvents)
    .where(and(eq(runEvents.runId, runId), gt(runEvents.number, number)))
    .orderBy(asc(runEvents.number))
    .limit(limit);
  return rows.map((row) => ({
    id: row.number,
    type: row.type as RunEventType,
    at: row.at.toISOString(),
    actor: row.actor,
    data: row.data,
  }));
}

/** A page of a run's events, oldest first. */
export async function pageOfEvents(
  queryable: Queryable,
  runId: string,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<RunEvent>> {
  const after = query.cursor === undefined ? 0 : decodeCursor(query.cursor, storedInteger);
  return pageOf(
    await eventsAfter(queryable, runId, after, query.limit + 1),
    query.limit,
    (event) => event.id,
  );
}
