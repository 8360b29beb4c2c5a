import type { EnvironmentEvent, EnvironmentEventType } from "@seatrial/contracts/environments/environment.ts";
import type { Page } from "@seatrial/contracts/http/page.ts";
import { and, asc, eq, gt } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { environmentEvents } from "../database/schema/environments.ts";
import { decodeCursor, pageOf, storedInteger } from "../http/cursor.ts";

/** Events of an environment after a number, in order, at most `limit`. Index: `environment_events_number`. */
export async function environmentEventsAfter(
  queryable: Queryable,
  environmentId: string,
  number: number,
  limit: number,
): Promise<EnvironmentEvent[]> {
  const rows = await queryable
    .select()
    .from(environmentEvents)
    .where(and(eq(environmentEvents.environmentId, environmentId), gt(environmentEvents.number, number)))
    .orderBy(asc(environmentEvents.number))
    .limit(limit);
  return rows.map((row) => ({
    id: row.number,
    type: row.type as EnvironmentEventType,
    at: row.at.toISOString(),
    actor: row.actor,
    data: row.data,
  }));
}

/** A page of an environment's events, oldest first. */
export async function pageOfEnvironmentEvents(
  queryable: Queryable,
  environmentId: string,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<EnvironmentEvent>> {
  const after = query.cursor === undefined ? 0 : decodeCursor(query.cursor, storedInteger);
  return pageOf(
    await environmentEventsAfter(queryable, environmentId, after, query.limit + 1),
    query.limit,
    (event) => event.id,
  );
}
