import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { transact } from "../database/transact.ts";
import { agentActor } from "../leases/attempt-context.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import type { Member } from "../members/require-proof.ts";
import { beginOperation } from "./begin-operation.ts";
import { cancelUnstarted } from "./end-operation.ts";
import { isUnwanted, openOperation } from "./operation-lease.ts";

/**
 * Takes note that the provisioner has its leases; each one's environment moves to what the operation means. One whose
 * deadline passed, that was handed back, or whose environment shall go before anything was done, is refused. May be
 * repeated.
 */
export async function acknowledgeOperations(
  deps: LeaseDeps,
  member: Member,
  request: { instance: string; leases: readonly string[] },
): Promise<{ accepted: string[]; refused: string[] }> {
  const accepted: string[] = [];
  const refused: string[] = [];
  for (const leaseId of new Set(request.leases)) {
    const isAccepted = await acknowledgeOne(deps, member, request.instance, leaseId);
    (isAccepted ? accepted : refused).push(leaseId);
  }
  return { accepted, refused };
}

async function acknowledgeOne(
  deps: LeaseDeps,
  member: Member,
  instance: string,
  leaseId: string,
): Promise<boolean> {
  try {
    return await transact(deps, async (tx, wake) => {
      const at = deps.clock.now();
      const held = await openOperation(tx, leaseId, { memberId: member.id, instance });
      const { environment, operation } = held;
      if (operation.acknowledgedAt !== null) return true;
      if (operation.acknowledgeBy === null || operation.acknowledgeBy <= at) return false;
      const origin = { at, actor: agentActor(member) };
      if (isUnwanted(operation.kind, environment.wanted)) {
        await cancelUnstarted(tx, wake, held, origin);
        return false;
      }
      await beginOperation(tx, wake, held, origin);
      return true;
    });
  } catch (error) {
    const isGone =
      error instanceof SeatrialError && (error.code === "lease_stale" || error.code === "lease_not_yours");
    if (isGone) return false;
    throw error;
  }
}
