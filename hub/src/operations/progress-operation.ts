import type { OperationProgress } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { Blocker } from "@seatrial/contracts/environments/proof.ts";
import type { Transaction } from "../database/database.ts";
import { transact, type Wake } from "../database/transact.ts";
import { moveEnvironment } from "../environments/move-environment.ts";
import { noteChange } from "../environments/note-change.ts";
import { agentActor } from "../leases/attempt-context.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import type { Member } from "../members/require-proof.ts";
import { safeTexts } from "../reports/safe-text.ts";
import { beginOperation } from "./begin-operation.ts";
import { noteOperation, type Origin } from "./operation-events.ts";
import { type HeldOperation, openOperation } from "./operation-lease.ts";
import { storeBlockers } from "./store-blockers.ts";

/**
 * Notes what an operation does: a step becomes an event; what is in a removal's way is shown at once, and makes the
 * environment `stuck` until nothing is. Errors: as `openOperation`. Answers the environment's state.
 */
export async function progressOperation(
  deps: LeaseDeps,
  member: Member,
  leaseId: string,
  said: OperationProgress,
): Promise<{ state: string }> {
  const told = safeTexts(said);
  return transact(deps, async (tx, wake) => {
    const at = deps.clock.now();
    const origin = { at, actor: agentActor(member) };
    const holder = { memberId: member.id, instance: told.instance };
    const open = await openOperation(tx, leaseId, holder);
    const held = await beginOperation(tx, wake, open, origin);
    if (told.step !== null) {
      const data = { step: told.step.name, message: told.step.message };
      await noteOperation(tx, wake, held, origin, "environment.step", data);
    }
    const isRemoval = held.operation.kind === "down";
    if (told.blockers === null || !isRemoval) return { state: held.environment.state };
    return { state: await noteBlockers(tx, wake, held, told.blockers, origin) };
  });
}

async function noteBlockers(
  tx: Transaction,
  wake: Wake,
  held: HeldOperation,
  blockers: Blocker[],
  origin: Origin,
): Promise<string> {
  const { environment } = held;
  if (!(await storeBlockers(tx, wake, held, blockers, origin))) return environment.state;
  const to = blockers.length > 0 ? "stuck" : "deleting";
  const reason = blockers[0]?.message ?? null;
  if (to !== environment.state) await moveEnvironment(tx, environment, to, { ...origin, reason });
  await noteChange(tx, wake, environment, origin.at);
  return to;
}
