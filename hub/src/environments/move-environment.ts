import type { Actor } from "@seatrial/contracts/actor.ts";
import { type EnvironmentState, environmentTransitions } from "@seatrial/contracts/environments/lifecycle.ts";
import { eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import { cutOrNull } from "../reports/safe-text.ts";
import { appendEnvironmentEvents, type NewEnvironmentEvent } from "./append-environment-events.ts";
import type { EnvironmentRow } from "./environment-row.ts";

export type EnvironmentMove = {
  readonly at: Date;
  readonly actor: Actor;
  /** Why, for people; left out: nothing is the matter. */
  readonly reason?: string | null;
  readonly fields?: Partial<typeof environments.$inferInsert>;
};

/**
 * Moves an environment along its lifecycle, and says so in its events: the only function that sets its state. The
 * environment must be locked. Any step the lifecycle does not know is a fault of the hub, and throws; to the state it
 * is in sets `reason` and `fields` alone. Answers the row as it is now. Call `noteChange` once before the commit.
 */
export async function moveEnvironment(
  tx: Transaction,
  environment: EnvironmentRow,
  to: EnvironmentState,
  move: EnvironmentMove,
): Promise<EnvironmentRow> {
  const { state: from, id: environmentId, projectId } = environment;
  if (from !== to && !environmentTransitions[from].includes(to))
    throw new Error(`environment ${environmentId} cannot go from ${from} to ${to}`);
  const { at, actor, fields = {} } = move;
  const reason = cutOrNull(move.reason, 2_000);
  const readyAt = to === "ready" ? (environment.readyAt ?? at) : environment.readyAt;
  const line = to === "requested" ? {} : { queuePosition: null };
  const deletedAt = to === "deleted" ? (environment.deletedAt ?? at) : null;
  await tx
    .update(environments)
    .set({ readyAt, deletedAt, ...line, ...fields, reason, state: to })
    .where(eq(environments.id, environmentId));
  const events: NewEnvironmentEvent[] = [];
  if (from !== to) events.push({ type: "environment.state", data: { from, to, reason } });
  if (from !== to && to === "deleted") {
    const proof = fields.proof ?? environment.proof;
    events.push({
      type: "environment.deleted",
      data: { proofComplete: proof?.complete ?? null, counts: proof?.counts ?? null },
    });
  }
  await appendEnvironmentEvents(tx, { environmentId, projectId, at, actor }, events);
  const [moved] = await tx.select().from(environments).where(eq(environments.id, environmentId));
  if (moved === undefined) throw new Error(`environment ${environmentId} has no row`);
  return moved;
}
