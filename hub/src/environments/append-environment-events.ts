import type { Actor } from "@seatrial/contracts/actor.ts";
import type { EnvironmentEventType } from "@seatrial/contracts/environments/environment.ts";
import { eq, sql } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { environmentEvents, environments } from "../database/schema/environments.ts";

export type EnvironmentEventOrigin = {
  readonly environmentId: string;
  readonly projectId: string;
  readonly at: Date;
  readonly actor: Actor;
};
export type NewEnvironmentEvent = {
  readonly type: EnvironmentEventType;
  readonly data: Record<string, unknown>;
};

/**
 * Numbers events of an environment and writes them: no gaps, in order of commit, as the environment is locked. Wake
 * `environmentChannel(environmentId)` after the commit (`note-change.ts` does).
 */
export async function appendEnvironmentEvents(
  tx: Transaction,
  origin: EnvironmentEventOrigin,
  events: readonly NewEnvironmentEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const [row] = await tx
    .update(environments)
    .set({ lastEvent: sql`${environments.lastEvent} + ${events.length}` })
    .where(eq(environments.id, origin.environmentId))
    .returning({ lastEvent: environments.lastEvent });
  if (row === undefined)
    throw new Error(`There is no environment ${origin.environmentId} to append an event to.`);
  const first = row.lastEvent - events.length + 1;
  await tx
    .insert(environmentEvents)
    .values(events.map((event, index) => ({ ...origin, number: first + index, ...event })));
}
