import type { Actor } from "@seatrial/contracts/actor.ts";
import type { RunEventType } from "@seatrial/contracts/runs/run-event.ts";
import { sql } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";

/** The actor of what the hub does by itself. */
export const systemActor: Actor = { kind: "system", id: "hub", name: "hub" };

export type EventOrigin = {
  readonly runId: string;
  readonly projectId: string;
  readonly at: Date;
  readonly actor: Actor;
};
export type NewEvent = { readonly type: RunEventType; readonly data: Record<string, unknown> };

/**
 * Numbers events and writes them. The update of the run's counter locks its row until the commit, so numbers have
 * no gaps and commit in order. One statement does both, since each step of each attempt waits for it; several events in
 * one call cost the same. Wake `runChannel(runId)` after the commit.
 */
export async function appendEvents(
  tx: Transaction,
  origin: EventOrigin,
  events: readonly NewEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const { runId, projectId, at, actor } = origin;
  const list = JSON.stringify(events.map(({ type, data }) => ({ type, data })));
  const [written] = await executeRows<{ events: number }>(
    tx,
    sql`with counted as (
          update runs set last_event = last_event + ${events.length}::int where id = ${runId} returning last_event
        ), written as (
        insert into run_events (run_id, project_id, number, type, at, actor, data)
        select ${runId}, ${projectId}, counted.last_event - ${events.length}::int + given.place,
          given.event ->> 'type', ${at.toISOString()}::timestamptz, ${JSON.stringify(actor)}::jsonb,
          given.event -> 'data'
        from counted, jsonb_array_elements(${list}::jsonb) with ordinality as given (event, place)
        returning 1
        ) select count(*)::int as events from written`,
  );
  if (written?.events !== events.length) throw new Error(`There is no run ${runId} to append an event to.`);
}
