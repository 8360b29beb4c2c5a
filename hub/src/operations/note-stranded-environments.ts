import { and, asc, eq, isNotNull, lte } from "drizzle-orm";
import { clusters } from "../database/schema/clusters.ts";
import { environments, operations } from "../database/schema/environments.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";

const perTick = 200;

/**
 * Says at each environment whose cluster was revoked why what is queued for it does not begin: an environment never
 * changes its cluster. The end of an operation takes the words away.
 */
export async function noteStrandedEnvironments(deps: LeaseDeps, before: Date): Promise<void> {
  const stranded = await deps.database
    .select({ id: environments.id, reason: environments.reason, cluster: clusters.name })
    .from(operations)
    .innerJoin(environments, eq(environments.id, operations.environmentId))
    .innerJoin(clusters, eq(clusters.id, environments.clusterId))
    .where(
      and(eq(operations.state, "queued"), lte(operations.createdAt, before), isNotNull(clusters.revokedAt)),
    )
    .orderBy(asc(operations.createdAt))
    .limit(perTick);
  for (const { id, reason, cluster } of stranded) {
    const why =
      `waits: its cluster ${cluster} was revoked, and nobody else reaches what is there; ` +
      `'seatrial cluster join ${cluster}' lets a provisioner of it in again`;
    if (why !== reason)
      await deps.database.update(environments).set({ reason: why }).where(eq(environments.id, id));
  }
}
