import { and, asc, eq, isNull, lte } from "drizzle-orm";
import { clusters, members } from "../database/schema/clusters.ts";
import { environments } from "../database/schema/environments.ts";
import { orderLines } from "../environments/order-line.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import type { ClusterFacts } from "../placement/placement-facts.ts";
import { readClusters } from "../placement/read-clusters.ts";
import { whyNeverHere } from "../placement/what-is-against.ts";
import { noteStrandedEnvironments } from "./note-stranded-environments.ts";

/** What waits shorter than this needs no reason. */
const patienceSeconds = 10;
const perTick = 200;

/** What stands in line for its project's quota has its reason from there. */
const isWaitingHere = and(eq(environments.state, "requested"), isNull(environments.queuePosition));

type Waiting = Pick<typeof environments.$inferSelect, "projectId" | "clusterLabels" | "tolerations">;

/** Says at each environment that no cluster has taken for a while what it waits for; its claim takes the words away. */
export async function noteWaitingEnvironments(deps: LeaseDeps): Promise<void> {
  await orderLines(deps);
  const before = new Date(deps.clock.now().getTime() - patienceSeconds * 1_000);
  await noteStrandedEnvironments(deps, before);
  const { id, reason, projectId, clusterLabels, tolerations } = environments;
  const waiting = await deps.database
    .select({ id, reason, projectId, clusterLabels, tolerations })
    .from(environments)
    .where(and(isWaitingHere, lte(environments.createdAt, before)))
    .orderBy(asc(environments.createdAt))
    .limit(perTick);
  if (waiting.length === 0) return;
  const places = await readPlaces(deps);
  for (const environment of waiting) {
    // Another reason, such as a key that does not open, is nearer.
    if (environment.reason !== null && !environment.reason.startsWith("waits")) continue;
    const why = whyWaiting(environment, places);
    // The claim may be busy with it: what is no longer requested keeps its own reason.
    const isWaiting = and(eq(environments.id, environment.id), isWaitingHere);
    if (why !== environment.reason)
      await deps.database.update(environments).set({ reason: why }).where(isWaiting);
  }
}

/** Clusters with a provisioner. */
async function readPlaces(deps: LeaseDeps): Promise<ClusterFacts[]> {
  const rows = await deps.database
    .selectDistinct({ id: clusters.id })
    .from(clusters)
    .innerJoin(members, eq(members.clusterId, clusters.id))
    .where(and(isNull(clusters.revokedAt), isNull(members.revokedAt), eq(members.role, "provisioner")));
  const known = new Set(rows.map(({ id }) => id));
  return (await readClusters(deps.database, deps)).filter(({ id }) => known.has(id));
}

/** The nearest obstacle, from what a cluster's owner must change to a slot that is busy. */
function whyWaiting(environment: Waiting, places: readonly ClusterFacts[]): string {
  if (places.length === 0) return "waits: no cluster has a provisioner, see 'seatrial cluster join'";
  const wishes = { ...environment, onlyClusterId: null };
  const answers = places.map((place) => ({ place, against: whyNeverHere(wishes, place) }));
  const open = answers.filter(({ against }) => !against.some(({ code }) => code === "projects"));
  if (open.length === 0) return "waits: no cluster with a provisioner is open to this project";
  const labelled = open.filter(({ against }) => !against.some(({ code }) => code === "labels"));
  const wanted = Object.entries(environment.clusterLabels).map((label) => label.join("="));
  if (labelled.length === 0) return `waits: no cluster has the labels ${wanted.join(", ")}`;
  const fitting = labelled.filter(({ against }) => against.length === 0);
  const [tainted] = labelled;
  if (fitting.length === 0) return `waits: ${tainted?.place.name} ${tainted?.against[0]?.message}`;
  const serving = fitting.find(({ place }) => !place.isCordoned && !place.isDraining);
  if (serving !== undefined) return "waits for a provisioner with a free slot";
  const [away] = fitting;
  return `waits: ${away?.place.name} is ${away?.place.isDraining ? "being drained" : "cordoned"}`;
}
