import { isDeepStrictEqual } from "node:util";
import type { Blocker } from "@seatrial/contracts/environments/proof.ts";
import { eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import type { Wake } from "../database/transact.ts";
import { noteOperation, type Origin } from "./operation-events.ts";
import type { HeldOperation } from "./operation-lease.ts";

/** Replaces what is in a removal's way; an event says so when it changed. True when it did. */
export async function storeBlockers(
  tx: Transaction,
  wake: Wake,
  held: HeldOperation,
  blockers: Blocker[],
  origin: Origin,
): Promise<boolean> {
  if (isDeepStrictEqual(held.environment.blockers, blockers)) return false;
  await tx.update(environments).set({ blockers }).where(eq(environments.id, held.environment.id));
  await noteOperation(tx, wake, held, origin, "environment.blocked", { blockers });
  return true;
}
