import type { ClaimRequest } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { Order } from "@seatrial/contracts/agent-protocol/orders.ts";
import { and, asc, eq, inArray } from "drizzle-orm";
import { decidedState } from "../clusters/cluster-stand.ts";
import { environments, operations } from "../database/schema/environments.ts";
import type { OperationRow } from "../environments/environment-row.ts";
import { type ClaimLook, isTellingDue } from "../leases/claim.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import { noteSeen } from "../leases/note-seen.ts";
import type { Member } from "../members/require-proof.ts";
import { buildOperationGrants } from "./build-operation-grants.ts";
import { isUnwanted } from "./operation-lease.ts";
import { takeOperations } from "./take-operations.ts";

/** `lookForNews` for a provisioner: the same promises, about operations on environments. */
export async function lookForOperations(
  deps: LeaseDeps,
  member: Member,
  request: ClaimRequest,
  isRepeat = false,
): Promise<ClaimLook> {
  const stand = await noteSeen(deps, member, request, isRepeat);
  const now = deps.clock.now();
  const held = await heldOperations(deps, member, request.instance);
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
  const cancelled = new Set(unwanted.map(({ operation }) => operation.leaseId));
  const mine = new Set(held.map(({ operation }) => operation.leaseId));
  return {
    answer: {
      leases: await buildOperationGrants(deps, [...againIds, ...granted]),
      orders: request.running.flatMap((leaseId): Order[] => {
        if (!mine.has(leaseId)) return [{ leaseId, order: "disown" }];
        return cancelled.has(leaseId) ? [{ leaseId, order: "cancel" }] : [];
      }),
      clusterState: decidedState(stand),
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
  // Locked by id first, as heartbeats do, so that neither waits for the other.
  const inOrder = deps.database
    .select({ id: operations.id })
    .from(operations)
    .where(inArray(operations.leaseId, [...leaseIds]))
    .orderBy(asc(operations.id))
    .for("update");
  await deps.database
    .update(operations)
    .set({ cancelToldAt: deps.clock.now() })
    .where(inArray(operations.id, inOrder));
}

async function heldOperations(deps: LeaseDeps, member: Member, instance: string) {
  const rows = await deps.database
    .select({ operation: operations, wanted: environments.wanted })
    .from(operations)
    .innerJoin(environments, eq(environments.id, operations.environmentId))
    .where(and(eq(operations.memberId, member.id), eq(operations.state, "leased")))
    .orderBy(operations.leasedAt, operations.id);
  return rows
    .filter(({ operation }) => operation.instance === instance)
    .map(({ operation, wanted }) => ({ operation, isUnwanted: isUnwanted(operation.kind, wanted) }));
}
