import type { PlacementReason } from "@seatrial/contracts/placement/placement.ts";
import { type AttemptState, attemptTransitions } from "@seatrial/contracts/runs/lifecycle.ts";
import { eq, sql } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { attempts } from "../database/schema/runs.ts";
import type { Attempt } from "./attempt-context.ts";

/** Moves an attempt along its lifecycle. Any step the lifecycle does not know is a fault of the hub, and throws. */
export async function moveAttempt(
  tx: Transaction,
  attempt: Attempt,
  to: AttemptState,
  fields: Partial<typeof attempts.$inferInsert> = {},
): Promise<void> {
  requireStep(attempt, to);
  await tx
    .update(attempts)
    .set({ ...fields, state: to })
    .where(eq(attempts.id, attempt.id));
}

/** Moves attempts to `leased`, each with its reasons, in one statement. Throws as `moveAttempt` does. */
export async function leaseAttempts(
  tx: Transaction,
  placed: readonly { attempt: Attempt; placement: PlacementReason[] }[],
  { clusterId, at }: { clusterId: string; at: Date },
): Promise<void> {
  for (const { attempt } of placed) requireStep(attempt, "leased");
  const ids = placed.map(({ attempt: { id } }) => id);
  const placements = placed.map(({ placement }) => JSON.stringify(placement));
  await tx
    .update(attempts)
    .set({ state: "leased", clusterId, leasedAt: at, placement: sql`given.placement::jsonb` })
    .from(sql`unnest(${sql.param(ids)}::text[], ${sql.param(placements)}::text[]) as given (id, placement)`)
    .where(sql`${attempts.id} = given.id`);
}

function requireStep(attempt: Attempt, to: AttemptState): void {
  if (!attemptTransitions[attempt.state].includes(to))
    throw new Error(`attempt ${attempt.id} cannot go from ${attempt.state} to ${to}`);
}
