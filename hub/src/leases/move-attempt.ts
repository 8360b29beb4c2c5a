import { type AttemptState, attemptTransitions } from "@seatrial/contracts/runs/lifecycle.ts";
import { eq } from "drizzle-orm";
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
  if (!attemptTransitions[attempt.state].includes(to))
    throw new Error(`attempt ${attempt.id} cannot go from ${attempt.state} to ${to}`);
  await tx
    .update(attempts)
    .set({ ...fields, state: to })
    .where(eq(attempts.id, attempt.id));
}
