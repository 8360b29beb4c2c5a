import { and, asc, eq, isNull, lte } from "drizzle-orm";
import { clusters, members } from "../database/schema/clusters.ts";
import { environments } from "../database/schema/environments.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import { noteStrandedEnvironments } from "./note-stranded-environments.ts";

/** What waits shorter than this needs no reason. */
const patienceSeconds = 10;
const perTick = 200;

type Place = { labels: Record<string, string>; projectIds: string[] | null };
type Waiting = { projectId: string; clusterLabels: Record<string, string> };

/** Says at each environment that no cluster has taken for a while what it waits for; its claim takes the words away. */
export async function noteWaitingEnvironments(deps: LeaseDeps): Promise<void> {
  const before = new Date(deps.clock.now().getTime() - patienceSeconds * 1_000);
  await noteStrandedEnvironments(deps, before);
  const { id, reason, projectId, clusterLabels } = environments;
  const waiting = await deps.database
    .select({ id, reason, projectId, clusterLabels })
    .from(environments)
    .where(and(eq(environments.state, "requested"), lte(environments.createdAt, before)))
    .orderBy(asc(environments.createdAt))
    .limit(perTick);
  if (waiting.length === 0) return;
  const places = await deps.database
    .select({ labels: clusters.labels, projectIds: clusters.projectIds })
    .from(clusters)
    .innerJoin(members, eq(members.clusterId, clusters.id))
    .where(and(isNull(clusters.revokedAt), isNull(members.revokedAt), eq(members.role, "provisioner")));
  for (const environment of waiting) {
    // Another reason, such as a key that does not open, is nearer.
    if (environment.reason !== null && !environment.reason.startsWith("waits")) continue;
    const why = whyWaiting(environment, places);
    // The claim may be busy with it: what is no longer requested keeps its own reason.
    const isWaiting = and(eq(environments.id, environment.id), eq(environments.state, "requested"));
    if (why !== environment.reason)
      await deps.database.update(environments).set({ reason: why }).where(isWaiting);
  }
}

/** The nearest obstacle: no provisioner at all, none open to the project, none with the labels, or none with room. */
function whyWaiting({ projectId, clusterLabels }: Waiting, places: readonly Place[]): string {
  if (places.length === 0) return "waits: no cluster has a provisioner, see 'seatrial cluster join'";
  const open = places.filter(({ projectIds }) => projectIds?.includes(projectId) ?? true);
  if (open.length === 0) return "waits: no cluster with a provisioner is open to this project";
  const wanted = Object.entries(clusterLabels);
  const fits = open.some(({ labels }) => wanted.every(([key, value]) => labels[key] === value));
  const named = wanted.map(([key, value]) => `${key}=${value}`).join(", ");
  return fits ? "waits for a provisioner with a free slot" : `waits: no cluster has the labels ${named}`;
}
