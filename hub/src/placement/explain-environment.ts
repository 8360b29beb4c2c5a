import type { PlacementReason } from "@seatrial/contracts/placement/placement.ts";
import type { Queryable } from "../database/database.ts";
import { type EnvironmentPlaces, readPlaces } from "../environments/environment-quota.ts";
import type { EnvironmentRow } from "../environments/environment-row.ts";
import { whyKeyIsShut } from "../keys/state-keys.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import type { Opinion } from "./explain-waiting.ts";
import { foreseeOperations } from "./foresee-operations.ts";
import type { ClusterFacts } from "./placement-facts.ts";
import { readClusters } from "./read-clusters.ts";
import { type ProvisionerFacts, readProvisioners } from "./read-provisioners.ts";
import { whyNeverHere } from "./what-is-against.ts";

/** All of an environment that its placement looks at. */
export type EnvironmentFacts = Pick<
  EnvironmentRow,
  "projectId" | "clusterId" | "clusterLabels" | "tolerations"
>;
/** `isQueued`: its workflow has asked for its next operation. */
export type WaitingEnvironment = EnvironmentFacts &
  Pick<EnvironmentRow, "id" | "wrappedStateKey"> & { isQueued: boolean };

/**
 * What each cluster that ever joined answers to an environment that waits: in the place of its agent its provisioner. One
 * without an objection takes the environment when its provisioner asks next, by what the claim itself would find now.
 */
export async function explainEnvironment(
  queryable: Queryable,
  deps: Pick<LeaseDeps, "clock" | "settings">,
  environment: WaitingEnvironment,
): Promise<Opinion[]> {
  const provisioners = await readProvisioners(queryable, deps);
  const places = await readPlaces(queryable, environment.projectId);
  const opinions: Opinion[] = [];
  for (const cluster of await readClusters(queryable, deps)) {
    const never = whyNeverTakes(environment, cluster);
    const provisioner = provisioners.get(cluster.id) ?? null;
    const lasting = cluster.isRevoked ? never : [...never, ...whyNotNow(environment, cluster, provisioner)];
    const against =
      lasting.length > 0 || provisioner === null
        ? lasting
        : await whyNotNext(queryable, deps, environment, cluster, provisioner, places);
    opinions.push({ cluster, against, isFinal: never.length > 0, isTooLarge: false });
  }
  return opinions;
}

/**
 * What no time mends, as `findQueuedOperations` has it. Where an environment is already, its cluster's labels and taints are
 * asked no more.
 */
export function whyNeverTakes(environment: EnvironmentFacts, cluster: ClusterFacts): PlacementReason[] {
  if (cluster.isRevoked) return [{ code: "revoked", message: "was revoked" }];
  const { projectId, clusterId, clusterLabels, tolerations } = environment;
  const onlyClusterId = null;
  if (clusterId === null)
    return whyNeverHere({ projectId, onlyClusterId, clusterLabels, tolerations }, cluster);
  if (clusterId !== cluster.id)
    return [{ code: "binding", message: "is not the cluster that the environment is in" }];
  const wishes = { projectId, onlyClusterId, clusterLabels: {}, tolerations: [] };
  return whyNeverHere(wishes, { ...cluster, taints: [] });
}

function whyNotNow(
  { clusterId }: EnvironmentFacts,
  { isDraining, isCordoned }: ClusterFacts,
  provisioner: ProvisionerFacts | null,
): PlacementReason[] {
  const reasons: PlacementReason[] = [];
  if (clusterId === null && isDraining) reasons.push({ code: "draining", message: "is being drained" });
  else if (clusterId === null && isCordoned) reasons.push({ code: "cordoned", message: "is cordoned" });
  if (provisioner === null) reasons.push({ code: "no_provisioner", message: "has no provisioner" });
  else if (provisioner.isSilent) reasons.push({ code: "provisioner_silent", message: silentProvisioner });
  else if (provisioner.slots === null)
    reasons.push({ code: "not_ready", message: "has a provisioner that has not asked for work yet" });
  return reasons;
}

export const silentProvisioner = "has a provisioner that is silent";

/** Of a cluster that would take it: what is in front of it, its project's places, or what the hub itself lacks. */
async function whyNotNext(
  queryable: Queryable,
  deps: Pick<LeaseDeps, "settings">,
  environment: WaitingEnvironment,
  cluster: ClusterFacts,
  { held, slots }: ProvisionerFacts,
  places: EnvironmentPlaces,
): Promise<PlacementReason[]> {
  const free = (slots ?? 0) - held;
  if (free < 1)
    return [{ code: "full", message: `its provisioner does ${held} of at most ${slots ?? 0} at a time` }];
  const key = whyKeyIsShut(deps, environment.id, environment.wrappedStateKey);
  if (key !== null) return [{ code: "key", message: key }];
  if (!environment.isQueued)
    return [{ code: "not_begun", message: "the environment's workflow has not begun it yet" }];
  const { taken, projectIds } = await foreseeOperations(queryable, cluster, free);
  if (taken.has(environment.id)) return [];
  if (environment.clusterId === null && places.held >= places.quota)
    return [{ code: "quota", message: `its project has ${places.held} of ${places.quota} environments` }];
  if (projectIds.has(environment.projectId))
    return [{ code: "order", message: "older work of its project is in front of it" }];
  return [{ code: "fairness", message: "projects with fewer operations come first" }];
}
