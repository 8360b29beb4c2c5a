import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { eq } from "drizzle-orm";
import { environments } from "../database/schema/environments.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import { leaseStale } from "../leases/open-lease.ts";
import type { Member } from "../members/require-proof.ts";
import { findOperation, isHeld } from "./operation-lease.ts";
import type { StateVersions } from "./put-state.ts";

/** Where the state of a live lease's environment is. Errors: `lease_stale`, `lease_not_yours`, `state_missing`. */
export async function findState(
  deps: LeaseDeps,
  member: Member,
  leaseId: string,
): Promise<{ key: string } & StateVersions> {
  const operation = await findOperation(deps.database, leaseId, member.id);
  if (!isHeld(operation)) throw leaseStale(leaseId);
  const [row] = await deps.database
    .select({
      key: environments.stateBlobKey,
      engine: environments.stateEngine,
      provider: environments.stateProvider,
    })
    .from(environments)
    .where(eq(environments.id, operation.environmentId));
  const { key = null, engine, provider } = row ?? {};
  if (key === null) throw stateMissing();
  return { key, engine: engine ?? "", provider: provider ?? "" };
}

/** Also the answer when the bytes are lost: whoever gets it goes on without them. */
export function stateMissing(): SeatrialError {
  return new SeatrialError(
    "state_missing",
    "The hub has no state of this environment: adopt what is there by its label.",
  );
}
