import { and, asc, eq, inArray } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { environments, operations } from "../database/schema/environments.ts";
import type { Beat, Held } from "../leases/heartbeat.ts";
import { isUnwanted } from "./operation-lease.ts";

/**
 * Extends the operations of one instance. One whose environment shall go is told to be cancelled and extended all the
 * same: an apply is never cut half-way, and while it runs no other process may begin.
 */
export async function beatOperations(tx: Transaction, beat: Beat): Promise<Map<string | null, Held>> {
  const live = await tx
    .select({
      id: operations.id,
      leaseId: operations.leaseId,
      kind: operations.kind,
      wanted: environments.wanted,
    })
    .from(operations)
    .innerJoin(environments, eq(environments.id, operations.environmentId))
    .where(
      and(
        inArray(operations.leaseId, [...beat.leases]),
        eq(operations.memberId, beat.memberId),
        eq(operations.instance, beat.instance),
        eq(operations.state, "leased"),
      ),
    )
    .orderBy(asc(operations.id))
    .for("update", { of: operations });
  const ids = live.map(({ id }) => id);
  if (ids.length > 0)
    await tx.update(operations).set({ expiresAt: beat.extended }).where(inArray(operations.id, ids));
  const expiresAt = beat.extended.toISOString();
  return new Map(
    live.map(({ leaseId, kind, wanted }): [string | null, Held] => {
      return [leaseId, { order: isUnwanted(kind, wanted) ? "cancel" : null, expiresAt }];
    }),
  );
}
