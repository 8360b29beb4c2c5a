import type { Queryable } from "../database/database.ts";
import { readPlaces } from "../environments/environment-quota.ts";
import { findQueuedOperations } from "../operations/find-queued-operations.ts";
import { largestGrant } from "../operations/take-operations.ts";
import type { ClusterFacts } from "./placement-facts.ts";

/** What a provisioner would be granted: ids of environments, and of their projects. */
export type Foreseen = { readonly taken: ReadonlySet<string>; readonly projectIds: ReadonlySet<string> };

/**
 * What a cluster's provisioner would be granted if it asked now for all that it has free: the statement and the counting
 * of `takeOperations`, without its locks. An environment in front whose key does not open counts although it is passed over.
 */
export async function foreseeOperations(
  queryable: Queryable,
  { id: clusterId, labels, taints, projectIds, isCordoned }: ClusterFacts,
  free: number,
): Promise<Foreseen> {
  const most = Math.min(free, largestGrant);
  const scope = { clusterId, labels: { ...labels }, taints, projectIds, isCordoned };
  const found = await findQueuedOperations(queryable, scope, most * 2);
  const left = new Map<string, number>();
  const taken = new Set<string>();
  const projects = new Set<string>();
  for (const { environmentId, projectId, isNew } of found) {
    if (taken.size === most) break;
    const places = isNew ? (left.get(projectId) ?? (await freePlaces(queryable, projectId))) : 1;
    if (places < 1) continue;
    if (isNew) left.set(projectId, places - 1);
    taken.add(environmentId);
    projects.add(projectId);
  }
  return { taken, projectIds: projects };
}

async function freePlaces(queryable: Queryable, projectId: string): Promise<number> {
  const { held, quota } = await readPlaces(queryable, projectId);
  return quota - held;
}
