import type { ObjectReference } from "@seatrial/contracts/environments/proof.ts";
import { and, eq } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { environmentObjects } from "../database/schema/environments.ts";

/** What operations recorded of an environment, and no removal has proved gone. */
export async function recordedObjects(
  queryable: Queryable,
  environmentId: string,
): Promise<ObjectReference[]> {
  const { apiVersion, kind, namespace, name, uid } = environmentObjects;
  return queryable
    .select({ apiVersion, kind, namespace, name, uid })
    .from(environmentObjects)
    .where(and(eq(environmentObjects.environmentId, environmentId), eq(environmentObjects.present, true)))
    .orderBy(kind, namespace, name);
}
