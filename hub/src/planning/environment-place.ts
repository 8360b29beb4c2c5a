import { eq } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { clusters } from "../database/schema/clusters.ts";
import { environments } from "../database/schema/environments.ts";
import type { Run, RunSuite } from "../leases/attempt-context.ts";

export type Place = {
  cluster: string;
  labels: Record<string, string>;
  /** The one cluster that reaches the environment; null: each does. */
  onlyClusterId: string | null;
};

/**
 * Where the shards of a run must be placed so that they reach what they test: in the environment's cluster, unless each
 * of its endpoints can be reached from the whole network. Null for a run without environment.
 */
export async function environmentPlace(queryable: Queryable, run: Run): Promise<Place | null> {
  if (run.environmentId === null) return null;
  const [row] = await queryable
    .select({
      endpoints: environments.endpoints,
      id: clusters.id,
      cluster: clusters.name,
      labels: clusters.labels,
    })
    .from(environments)
    .innerJoin(clusters, eq(clusters.id, environments.clusterId))
    .where(eq(environments.id, run.environmentId));
  if (row === undefined) return null;
  const { endpoints, id, cluster, labels } = row;
  const isOpen = endpoints.length > 0 && endpoints.every(({ reach }) => reach === "network");
  return { cluster, labels, onlyClusterId: isOpen ? null : id };
}

/** Why a suite could never be placed where its environment is, or null. */
export function whyUnreachable(place: Place | null, { spec }: RunSuite): string | null {
  if (place === null || place.onlyClusterId === null) return null;
  const missing = Object.entries(spec.clusters.labels).find(([key, value]) => place.labels[key] !== value);
  if (missing === undefined) return null;
  return `asks for clusters with ${missing.join("=")}, but its environment is in ${place.cluster}, which has not, and can be reached from there alone`;
}
