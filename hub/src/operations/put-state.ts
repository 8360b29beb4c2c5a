import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { eq } from "drizzle-orm";
import { environments } from "../database/schema/environments.ts";
import { transact } from "../database/transact.ts";
import { agentActor } from "../leases/attempt-context.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import type { Member } from "../members/require-proof.ts";
import { safeTexts } from "../reports/safe-text.ts";
import { beginOperation } from "./begin-operation.ts";
import { findOperation, openOperation } from "./operation-lease.ts";
import { newStateBlobKey } from "./state-blobs.ts";

export type StateVersions = { engine: string; provider: string };

/**
 * Keeps an environment's encrypted state in place of the one before. The bytes lie under a key of their own before the
 * row names them, and the old ones go after the commit, so whoever reads finds one or the other whole. A lease that is
 * over is `lease_stale`, and leaves nothing behind. May be repeated.
 */
export async function putState(
  deps: LeaseDeps,
  member: Member,
  leaseId: string,
  bytes: Uint8Array,
  said: StateVersions,
): Promise<{ bytes: number }> {
  const { engine, provider } = safeTexts(said);
  const seen = await findOperation(deps.database, leaseId, member.id);
  const key = newStateBlobKey(seen);
  await deps.blobs.put(key, bytes, { maxBytes: limits.stateBytes });
  let old: string | null;
  try {
    old = await transact(deps, async (tx, wake) => {
      const at = deps.clock.now();
      const held = await openOperation(tx, leaseId, { memberId: member.id, instance: null });
      await beginOperation(tx, wake, held, { at, actor: agentActor(member) });
      await tx
        .update(environments)
        .set({ stateBlobKey: key, stateEngine: engine, stateProvider: provider })
        .where(eq(environments.id, held.environment.id));
      return held.environment.stateBlobKey;
    });
  } catch (error) {
    // Only a refusal proves that no row names the bytes: after a commit whose answer was lost they are the only copy.
    // What stays unnamed goes with the environment.
    if (error instanceof SeatrialError) await deps.blobs.delete(key);
    throw error;
  }
  if (old !== null) await deps.blobs.delete(old);
  return { bytes: bytes.byteLength };
}
