import { eq } from "drizzle-orm";
import type { Queryable, Transaction } from "../database/database.ts";
import { operations } from "../database/schema/environments.ts";
import type { EnvironmentRow, OperationRow } from "../environments/environment-row.ts";
import { lockEnvironment } from "../environments/lock-environment.ts";
import { leaseNotYours, leaseStale } from "../leases/open-lease.ts";

/** An operation that is held, and its environment, both locked. */
export type HeldOperation = { environment: EnvironmentRow; operation: OperationRow };

/**
 * Locks the environment and the operation of a lease that this member still has. The lease's id is the fence: one that
 * is over or of another instance is `lease_stale`, another member's `lease_not_yours`; nothing was written yet. An
 * instance of null is not compared.
 */
export async function openOperation(
  tx: Transaction,
  leaseId: string,
  holder: { memberId: string; instance: string | null },
): Promise<HeldOperation> {
  const seen = await findOperation(tx, leaseId, holder.memberId);
  const held = await lockOperation(tx, seen);
  const isMine = holder.instance === null || held?.operation.instance === holder.instance;
  if (held === null || !isHeld(held.operation) || !isMine) throw leaseStale(leaseId);
  return held;
}

/** The operation of a lease of this member, held or over. */
export async function findOperation(
  queryable: Queryable,
  leaseId: string,
  memberId: string,
): Promise<OperationRow> {
  const [operation] = await queryable.select().from(operations).where(eq(operations.leaseId, leaseId));
  if (operation === undefined) throw leaseStale(leaseId);
  if (operation.memberId !== memberId) throw leaseNotYours(leaseId);
  return operation;
}

/** Locks an operation after its environment; null when it is no longer held under this lease. */
export async function lockOperation(
  tx: Transaction,
  seen: Pick<OperationRow, "id" | "environmentId" | "leaseId">,
): Promise<HeldOperation | null> {
  const environment = await lockEnvironment(tx, seen.environmentId);
  const [operation] = await tx.select().from(operations).where(eq(operations.id, seen.id)).for("update");
  if (operation?.state !== "leased" || operation.leaseId !== seen.leaseId) return null;
  return { environment, operation };
}

/** True while the lease may be written to: until the tick takes it back, as with shards. */
export function isHeld(operation: Pick<OperationRow, "state">): boolean {
  return operation.state === "leased";
}

/** True when somebody wished the environment gone while something else than its removal runs: it shall stop. */
export function isUnwanted(kind: OperationRow["kind"], wanted: EnvironmentRow["wanted"]): boolean {
  return wanted === "gone" && kind !== "down";
}
