import { and, asc, eq, isNull, lte } from "drizzle-orm";
import { environments } from "../database/schema/environments.ts";
import { standsInLine } from "../environments/environment-quota.ts";
import { orderLines } from "../environments/order-line.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import { type EnvironmentFacts, silentProvisioner, whyNeverTakes } from "../placement/explain-environment.ts";
import type { ClusterFacts } from "../placement/placement-facts.ts";
import { readClusters } from "../placement/read-clusters.ts";
import { type ProvisionerFacts, readProvisioners } from "../placement/read-provisioners.ts";
import { endHopelessEnvironments, type LinedUp } from "./end-hopeless-environments.ts";
import { noteStrandedEnvironments } from "./note-stranded-environments.ts";
import { whyNone } from "./why-none.ts";

/** What waits shorter than this needs no reason. */
const patienceSeconds = 10;
/** Short rows, of which few change at a time. */
const perTick = 1_000;

type Place = ClusterFacts & { readonly provisioner: ProvisionerFacts };

/**
 * Says at each environment that no cluster has taken for a while what it waits for; its claim takes the words away. One that
 * no cluster could take for `unplaceableSeconds` has failed.
 */
export async function noteWaitingEnvironments(deps: LeaseDeps, upSince: Date): Promise<void> {
  await orderLines(deps);
  const before = new Date(deps.clock.now().getTime() - patienceSeconds * 1_000);
  await noteStrandedEnvironments(deps, before);
  const waiting = await readWaiting(deps, before);
  if (waiting.length === 0) return;
  const clusters = await readClusters(deps.database, deps);
  const provisioners = await readProvisioners(deps.database, deps);
  const places = clusters.flatMap((cluster): Place[] => {
    const provisioner = provisioners.get(cluster.id);
    return provisioner === undefined || cluster.isRevoked ? [] : [{ ...cluster, provisioner }];
  });
  for (const environment of waiting) await note(deps, environment, clusters, places);
  await endHopelessEnvironments(deps, waiting, { clusters, provisioners, upSince });
}

function readWaiting(deps: LeaseDeps, before: Date): Promise<LinedUp[]> {
  const { id, reason, projectId, clusterId, clusterLabels, tolerations, queuePosition } = environments;
  return deps.database
    .select({ id, reason, projectId, clusterId, clusterLabels, tolerations, queuePosition })
    .from(environments)
    .where(and(standsInLine, lte(environments.createdAt, before)))
    .orderBy(asc(environments.createdAt))
    .limit(perTick);
}

async function note(
  deps: LeaseDeps,
  environment: LinedUp,
  clusters: readonly ClusterFacts[],
  places: readonly Place[],
): Promise<void> {
  const { id, reason, queuePosition } = environment;
  // What stands in line for its project's quota has its reason from there.
  if (queuePosition !== null) return;
  // Another reason, such as a key that does not open, is nearer.
  if (reason !== null && !reason.startsWith("waits")) return;
  const why = whyWaiting(environment, clusters, places);
  // The claim may be busy with it: what is no longer requested keeps its own reason.
  const isWaiting = and(eq(environments.id, id), standsInLine, isNull(environments.queuePosition));
  if (why !== reason) await deps.database.update(environments).set({ reason: why }).where(isWaiting);
}

/** The nearest obstacle, from what a cluster's owner must change to a slot that is busy. */
function whyWaiting(
  environment: EnvironmentFacts,
  clusters: readonly ClusterFacts[],
  places: readonly Place[],
): string {
  if (places.length === 0) return "waits: no cluster has a provisioner, see 'seatrial cluster join'";
  const never = whyNone(environment, clusters);
  if (never !== null) return `waits: ${never}`;
  const isFitting = (cluster: ClusterFacts) => whyNeverTakes(environment, cluster).length === 0;
  const fitting = places.filter(isFitting);
  if (fitting.length === 0) {
    const [bare] = clusters.filter(({ isRevoked }) => !isRevoked).filter(isFitting);
    return `waits: ${bare?.name} has no provisioner, see 'seatrial cluster join'`;
  }
  const serving = fitting.filter(({ isCordoned, isDraining }) => !isCordoned && !isDraining);
  if (serving.some(({ provisioner }) => !provisioner.isSilent))
    return "waits for a provisioner with a free slot";
  const [silent] = serving;
  if (silent !== undefined) return `waits: ${silent.name} ${silentProvisioner}`;
  const [away] = fitting;
  return `waits: ${away?.name} is ${away?.isDraining ? "being drained" : "cordoned"}`;
}
