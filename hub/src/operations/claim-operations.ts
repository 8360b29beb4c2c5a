import type { ClaimRequest } from "@seatrial/contracts/agent-protocol/claim.ts";
import { and, eq, inArray } from "drizzle-orm";
import { environments, operations } from "../database/schema/environments.ts";
import type { OperationRow } from "../environments/environment-row.ts";
import { type ClaimLook, isTellingDue, noteSeen } from "../leases/claim.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import type { Member } from "../members/require-proof.ts";
import { buildOperationGrants } from "./build-operation-grants.ts";
import { isHeld, isUnwanted } from "./operation-lease.ts";
import { takeOperations } from "./take-operations.ts";

/** `lookForNews` for a provisioner: the same promises, about operations on environments. */
export async function lookForOperations(
  deps: LeaseDeps,
  member: Member,
  request: ClaimRequest,
): Promise<ClaimLook> {
  await noteSeen(deps, member, request);
  const now = deps.clock.now();
  const held = await heldOperations(deps, member, request.instance, now);
  const running = new Set(request.running);
  const isKnown = (operation: OperationRow) => running.has(operation.leaseId ?? "");
  const unwanted = held.filter(({ operation, isUnwanted }) => isUnwanted && isKnown(operation));
  const again = held.filter(({ operation, isUnwanted }) => {
    const { acknowledgedAt, acknowledgeBy } = operation;
    const isOpen = acknowledgedAt === null && acknowledgeBy !== null && acknowledgeBy > now;
    return isOpen && !isUnwanted && !isKnown(operation);
  });
  const againIds = again.flatMap(({ operation }) => operation.leaseId ?? []);
  const granted = await takeOperations(deps, member, request, request.slotsFree - againIds.length);
  const mine = new Set(held.map(({ operation }) => operation.leaseId));
  return {
    answer: {
      leases: await buildOperationGrants(deps, [...againIds, ...granted]),
      cancelled: unwanted.flatMap(({ operation }) => operation.leaseId ?? []),
      disowned: request.running.filter((leaseId) => !mine.has(leaseId)),
      times: deps.settings.leaseTimes,
    },
    isUrgent:
      againIds.length + granted.length > 0 ||
      unwanted.some(({ operation }) => isTellingDue(operation.cancelToldAt, now)),
  };
}

/** Remembers which cancels were told, so that repeats are paced while the provisioner stops the work. */
export async function noteOperationsTold(deps: LeaseDeps, leaseIds: readonly string[]): Promise<void> {
  if (leaseIds.length === 0) return;
  await deps.database
    .update(operations)
    .set({ cancelToldAt: deps.clock.now() })
    .where(inArray(operations.leaseId, [...leaseIds]));
}

async function heldOperations(deps: LeaseDeps, member: Member, instance: string, now: Date) {
  const rows = await deps.database
    .select({ operation: operations, wanted: environments.wanted })
    .from(operations)
    .innerJoin(environments, eq(environments.id, operations.environmentId))
    .where(and(eq(operations.memberId, member.id), eq(operations.state, "leased")))
    .orderBy(operations.leasedAt, operations.id);
  return rows
    .filter(({ operation }) => operation.instance === instance && isHeld(operation, now))
    .map(({ operation, wanted }) => ({ operation, isUnwanted: isUnwanted(operation.kind, wanted) }));
}
