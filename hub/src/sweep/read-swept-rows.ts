import { and, eq, inArray, ne, or } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { environmentObjects, environments, operations } from "../database/schema/environments.ts";
import type { SweptRow } from "./compare-sweep.ts";

/** What the hub knows of a cluster's environments that are not deleted, and of all that are named. */
export async function readSweptRows(
  queryable: Queryable,
  clusterId: string,
  foundIds: readonly string[],
): Promise<Map<string, SweptRow>> {
  const isHere = and(eq(environments.clusterId, clusterId), ne(environments.state, "deleted"));
  const named = foundIds.length === 0 ? isHere : or(isHere, inArray(environments.id, [...foundIds]));
  const rows = await queryable.select().from(environments).where(named);
  if (rows.length === 0) return new Map();
  const ids = rows.map(({ id }) => id);
  const open = await queryable
    .select({ id: operations.environmentId })
    .from(operations)
    .where(and(inArray(operations.environmentId, ids), inArray(operations.state, ["queued", "leased"])));
  const recorded = await queryable
    .select({
      id: environmentObjects.environmentId,
      name: environmentObjects.name,
      uid: environmentObjects.uid,
    })
    .from(environmentObjects)
    .where(
      and(
        inArray(environmentObjects.environmentId, ids),
        eq(environmentObjects.kind, "Namespace"),
        eq(environmentObjects.present, true),
      ),
    );
  const busy = new Set(open.map(({ id }) => id));
  const uids = new Map(recorded.map(({ id, name, uid }) => [`${id}/${name}`, uid]));
  return new Map(
    rows.map((environment): [string, SweptRow] => [
      environment.id,
      {
        environment,
        recordedNamespaceUid: uids.get(`${environment.id}/${environment.namespace}`) ?? null,
        hasOpenOperation: busy.has(environment.id),
      },
    ]),
  );
}
