import type { ClusterTaint } from "@seatrial/contracts/clusters/cluster.ts";
import { sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";
import { toleratedBy } from "../leases/claim-candidates.ts";

/** Whose work is looked for: a cluster, its labels and taints, the projects it may serve (null: all). */
export type ProvisionerScope = {
  clusterId: string;
  labels: Record<string, string>;
  taints: readonly ClusterTaint[];
  projectIds: readonly string[] | null;
  /** Out of service: environments that are here are worked on, new ones go elsewhere. */
  isCordoned: boolean;
};

/**
 * Queued operations for this cluster, at most `most`: of environments that are in it, and of those without a cluster
 * whose labels, tolerations and project fit. The next turn is always of the project with the fewest operations held or before it.
 * Removals of what is here go on even if the project may not come here any more.
 * Index: `environment_operations_next`. Nothing is locked: whoever takes one looks again.
 */
export async function findQueuedOperations(
  queryable: Queryable,
  scope: ProvisionerScope,
  most: number,
): Promise<{ id: string; environmentId: string }[]> {
  const { clusterId, labels, taints, projectIds, isCordoned } = scope;
  const allowed =
    projectIds === null
      ? sql`true`
      : projectIds.length === 0
        ? sql`false`
        : sql`e.project_id in ${[...projectIds]}`;
  const rows = await executeRows<{ id: string; environment_id: string }>(
    queryable,
    sql`select t.id, t.environment_id from (
          select o.id, o.environment_id, o.created_at, row_number() over (
              partition by o.project_id order by o.created_at, o.id
            ) + (
              select count(*) from environment_operations l where l.state = 'leased' and l.project_id = o.project_id
            ) as turn
          from environment_operations o join environments e on e.id = o.environment_id
          where o.state = 'queued' and (
            (e.cluster_id = ${clusterId} and (${allowed} or o.kind = 'down'))
            or (e.cluster_id is null and e.state = 'requested' and ${isCordoned ? sql`false` : allowed}
                and e.cluster_labels <@ ${JSON.stringify(labels)}::jsonb
                and ${toleratedBy(sql`e.tolerations`, taints)})
          )
        ) t order by t.turn, t.created_at, t.id limit ${most}`,
  );
  return rows.map((row) => ({ id: row.id, environmentId: row.environment_id }));
}
