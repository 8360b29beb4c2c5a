import type { ObjectReference } from "@seatrial/contracts/environments/proof.ts";
import { eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { environmentObjects } from "../database/schema/environments.ts";
import type { HeldOperation } from "./operation-lease.ts";

/** A statement has at most 65 535 parameters; a row has 9. */
const batchRows = 1_000;

/** Replaces what is recorded of an environment's objects by what the operation says is in the cluster now. */
export async function storeObjects(
  tx: Transaction,
  { environment, operation }: HeldOperation,
  objects: readonly ObjectReference[],
): Promise<void> {
  const about = { environmentId: environment.id, projectId: environment.projectId, recordedBy: operation.id };
  await tx.delete(environmentObjects).where(eq(environmentObjects.environmentId, environment.id));
  for (let start = 0; start < objects.length; start += batchRows) {
    const rows = objects.slice(start, start + batchRows).map((object) => ({ ...object, ...about }));
    await tx.insert(environmentObjects).values(rows);
  }
}

/** What a removal proved gone stays on record as that. */
export async function markObjectsGone(tx: Transaction, environmentId: string): Promise<void> {
  await tx
    .update(environmentObjects)
    .set({ present: false })
    .where(eq(environmentObjects.environmentId, environmentId));
}
