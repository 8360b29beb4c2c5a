import type { ClusterTaint } from "@seatrial/contracts/clusters/cluster.ts";
import { sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";
import { holdsPlace } from "../environments/environment-quota.ts";
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

/** An operation that may be taken. `isNew`: its environment has no cluster yet, so it needs a place of the quota. */
export type QueuedOperation = { id: string; environmentId: string; projectId: string; isNew: boolean };

/** Of those without a cluster so many more than there are places: the hub may have no key for the first ones. */
const spares = 5;

/**
 * Queued operations for this cluster, at most `most`: of environments that are in it, and of those without a cluster
 * whose labels, tolerations and project fit, the oldest ones for which their project's quota has places. The next turn is
 * always of the project with the fewest operations held or before it. Removals of what is here go on even if the project
 * may not come here any more, and nothing of what is here waits behind what has no place.
 * Indexes: `environment_operations_next`, `environments_held`. Nothing is locked: whoever takes one looks again.
 */
export async function findQueuedOperations(
  queryable: Queryable,
  scope: ProvisionerScope,
  most: number,
): Promise<QueuedOperation[]> {
  const { clusterId, labels, taints, projectIds, isCordoned } = scope;
  const allowed =
    projectIds === null
      ? sql`true`
      : projectIds.length === 0
        ? sql`false`
        : sql`e.project_id in ${[...projectIds]}`;
  const rows = await executeRows<Row>(
    queryable,
    sql`with fitting as (
          select o.id, o.environment_id, o.project_id, e.cluster_id is null as is_new,
            case when e.cluster_id is null then e.created_at else o.created_at end as asked_at,
            row_number() over (
              partition by o.project_id, e.cluster_id is null order by e.created_at, e.id
            ) as place
          from environment_operations o join environments e on e.id = o.environment_id
          where o.state = 'queued' and (
            (e.cluster_id = ${clusterId} and (${allowed} or o.kind = 'down'))
            or (e.cluster_id is null and e.state = 'requested' and ${isCordoned ? sql`false` : allowed}
                and e.cluster_labels <@ ${JSON.stringify(labels)}::jsonb
                and ${toleratedBy(sql`e.tolerations`, taints)})
          )
        ), places as (
          select p.id, p.environment_quota - (
              select count(*) from environments where project_id = p.id and ${holdsPlace}
            ) as free
          from projects p where p.id in (select project_id from fitting where is_new)
        ), takeable as (
          select f.* from fitting f left join places on places.id = f.project_id
          where not f.is_new or (places.free > 0 and f.place <= places.free + ${spares})
        )
        select t.id, t.environment_id, t.project_id, t.is_new from (
          select k.*, row_number() over (
              partition by k.project_id order by k.asked_at, k.place, k.id
            ) + (
              select count(*) from environment_operations l where l.state = 'leased' and l.project_id = k.project_id
            ) as turn
          from takeable k
        ) t order by t.turn, t.asked_at, t.id limit ${most}`,
  );
  return rows.map((row) => ({
    id: row.id,
    environmentId: row.environment_id,
    projectId: row.project_id,
    isNew: row.is_new,
  }));
}

type Row = { id: string; environment_id: string; project_id: string; is_new: boolean };
