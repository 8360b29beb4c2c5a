import type { OperationFailureCode } from "@seatrial/contracts/environments/lifecycle.ts";
import { eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { environments, operations } from "../database/schema/environments.ts";
import type { Wake } from "../database/transact.ts";
import { noteChange } from "../environments/note-change.ts";
import { operationsChannel } from "../notifications/channels.ts";
import { wakeHolder } from "../notifications/wake-holder.ts";
import { cutText, safeText } from "../reports/safe-text.ts";
import { noteOperation, type Origin } from "./operation-events.ts";
import { type HeldOperation, isUnwanted } from "./operation-lease.ts";

export type OperationEnd = Origin & {
  readonly state: "succeeded" | "failed" | "lost" | "cancelled";
  readonly failure: {
    code: OperationFailureCode;
    message: string;
    file?: string | null;
    line?: number | null;
  } | null;
  readonly fields?: Partial<typeof operations.$inferInsert>;
};

/**
 * Ends a held operation, says so in an event and announces it to the workflow: one transaction, whatever ended it. A
 * failure becomes the environment's reason.
 */
export async function endOperation(
  tx: Transaction,
  wake: Wake,
  held: HeldOperation,
  end: OperationEnd,
): Promise<void> {
  const { environment, operation } = held;
  const { state, failure, at } = end;
  await tx
    .update(operations)
    .set({
      endedAt: at,
      ...end.fields,
      state,
      failureCode: failure?.code ?? null,
      failureMessage: failure && safeText(failure.message),
      failureFile: failure?.file ?? null,
      failureLine: failure?.line ?? null,
    })
    .where(eq(operations.id, operation.id));
  if (failure)
    await tx
      .update(environments)
      .set({ reason: cutText(`${operation.kind}: ${failure.message}`, 2_000) })
      .where(eq(environments.id, environment.id));
  const data = { state, code: failure?.code ?? null, message: failure?.message ?? null };
  await noteOperation(tx, wake, held, end, "environment.operation", data);
  await noteChange(tx, wake, environment, at);
}

/** Ends an operation whose process is gone or silent: `lost`, which its workflow may start again. */
export async function loseOperation(
  tx: Transaction,
  wake: Wake,
  held: HeldOperation,
  why: Origin & { message: string },
): Promise<void> {
  const { message, at, actor } = why;
  await endOperation(tx, wake, held, { at, actor, state: "lost", failure: { code: "lost", message } });
  wakeHolder(wake, held.operation);
}

/**
 * Puts back an operation that nobody acknowledged: queued again under no lease. One that nobody wants any more is
 * cancelled instead.
 */
export async function handBackOperation(
  tx: Transaction,
  wake: Wake,
  held: HeldOperation,
  why: Origin & { message: string },
): Promise<void> {
  const { environment, operation } = held;
  if (isUnwanted(operation.kind, environment.wanted)) return cancelUnstarted(tx, wake, held, why);
  await tx.update(operations).set(unleased).where(eq(operations.id, operation.id));
  const data = { state: "queued", message: why.message };
  await noteOperation(tx, wake, held, why, "environment.operation", data);
  wake(operationsChannel);
}

/** Ends an operation that was handed out and not begun, because the environment shall go. */
export async function cancelUnstarted(
  tx: Transaction,
  wake: Wake,
  held: HeldOperation,
  { at, actor }: Origin,
): Promise<void> {
  const failure = { code: "cancelled" as const, message: "the environment shall be removed" };
  await endOperation(tx, wake, held, { at, actor, state: "cancelled", failure });
}

const unleased = {
  state: "queued" as const,
  leaseId: null,
  memberId: null,
  clusterId: null,
  instance: null,
  leasedAt: null,
  acknowledgeBy: null,
  acknowledgedAt: null,
  expiresAt: null,
  cancelToldAt: null,
  template: null,
  contentSha256: null,
};
