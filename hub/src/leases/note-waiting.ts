import { and, asc, eq, isNull, lte } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { clusters } from "../database/schema/clusters.ts";
import { attempts, shards } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import type { LeaseDeps } from "./lease-deps.ts";

/** What waits shorter than this needs no reason. */
const patienceSeconds = 10;
const perTick = 200;

type Waiting = {
  shardId: string;
  reason: string | null;
  projectId: string;
  labels: Record<string, string>;
  onlyClusterId: string | null;
};
type Place = { id: string; name: string; labels: Record<string, string>; projectIds: string[] | null };

/** Says at each shard that has waited for a while what it waits for; a grant takes the words away again. */
export async function noteWaiting(deps: LeaseDeps): Promise<void> {
  const before = new Date(deps.clock.now().getTime() - patienceSeconds * 1_000);
  const waiting = await findWaiting(deps.database, before);
  if (waiting.length === 0) return;
  const places = await deps.database
    .select({
      id: clusters.id,
      name: clusters.name,
      labels: clusters.labels,
      projectIds: clusters.projectIds,
    })
    .from(clusters)
    .where(isNull(clusters.revokedAt));
  for (const shard of waiting) {
    const reason = whyWaiting(shard, places);
    if (reason === shard.reason) continue;
    await deps.database
      .update(shards)
      .set({ reason })
      .where(and(eq(shards.id, shard.shardId), eq(shards.state, "queued")));
  }
}

async function findWaiting(queryable: Queryable, before: Date): Promise<Waiting[]> {
  return queryable
    .select({
      shardId: shards.id,
      reason: shards.reason,
      projectId: workItems.projectId,
      labels: workItems.clusterLabels,
      onlyClusterId: workItems.onlyClusterId,
    })
    .from(workItems)
    .innerJoin(attempts, eq(attempts.id, workItems.attemptId))
    .innerJoin(shards, eq(shards.id, attempts.shardId))
    .where(and(eq(workItems.state, "queued"), lte(workItems.createdAt, before)))
    .orderBy(asc(workItems.createdAt))
    .limit(perTick);
}

/** The nearest obstacle: no cluster at all, none that may, none with the labels, or none with room. */
function whyWaiting({ projectId, labels, onlyClusterId }: Waiting, places: readonly Place[]): string {
  if (onlyClusterId !== null) return whyWaitingIn(places.find(({ id }) => id === onlyClusterId));
  if (places.length === 0) return "waits: no cluster has joined, see 'seatrial cluster join'";
  const open = places.filter(({ projectIds }) => projectIds?.includes(projectId) ?? true);
  if (open.length === 0) return "waits: no cluster is open to this project";
  const wanted = Object.entries(labels);
  const fits = open.some((place) => wanted.every(([key, value]) => place.labels[key] === value));
  const named = wanted.map(([key, value]) => `${key}=${value}`).join(", ");
  return fits ? "waits for a free slot, room or quota" : `waits: no cluster has the labels ${named}`;
}

/** Its environment can be reached from one cluster alone. */
function whyWaitingIn(place: Place | undefined): string {
  if (place === undefined) return "waits: the cluster of its environment was revoked";
  return `waits for a free slot, room or quota in ${place.name}, where its environment is`;
}
