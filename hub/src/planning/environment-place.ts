import type { Endpoint } from "@seatrial/contracts/environments/environment.ts";
import { environmentReferences } from "@seatrial/contracts/environments/environment-variables.ts";
import type { SuiteSpec } from "@seatrial/contracts/suites/suite-spec.ts";
import { eq } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { clusters } from "../database/schema/clusters.ts";
import { environments } from "../database/schema/environments.ts";
import type { Run, RunSuite } from "../leases/attempt-context.ts";

export type Place = {
  clusterId: string;
  cluster: string;
  labels: Record<string, string>;
  endpoints: readonly Pick<Endpoint, "name" | "reach">[];
};

/** Where the environment of a run is and who reaches it. Null for a run without environment. */
export async function environmentPlace(queryable: Queryable, run: Run): Promise<Place | null> {
  if (run.environmentId === null) return null;
  const [row] = await queryable
    .select({
      endpoints: environments.endpoints,
      clusterId: clusters.id,
      cluster: clusters.name,
      labels: clusters.labels,
    })
    .from(environments)
    .innerJoin(clusters, eq(clusters.id, environments.clusterId))
    .where(eq(environments.id, run.environmentId));
  return row ?? null;
}

/**
 * The one cluster from which a suite reaches what it tests; null: each does. It is the environment's own, unless every
 * endpoint that the suite uses can be reached from the whole network.
 */
export function onlyClusterFor(place: Place | null, spec: SuiteSpec): string | null {
  if (place === null) return null;
  const isOpen = place.endpoints.length > 0 && boundEndpoints(place.endpoints, spec).length === 0;
  return isOpen ? null : place.clusterId;
}

/**
 * The endpoints that a suite uses and that only the environment's own cluster reaches. A suite that names endpoints, as in
 * `${environment.web.url}`, uses those; of one that names none, nobody knows, so all of them count.
 */
export function boundEndpoints(endpoints: Place["endpoints"], spec: SuiteSpec): Place["endpoints"] {
  const texts = [...(spec.command ?? []), ...spec.arguments, ...Object.values(spec.env)];
  const named = new Set(texts.flatMap(environmentReferences).map((name) => name.split(".")[0]));
  const known = endpoints.filter(({ name }) => named.has(name));
  const used = known.length > 0 ? known : endpoints;
  return used.filter(({ reach }) => reach !== "network");
}

/** Why a suite could never be placed where its environment is, or null. */
export function whyUnreachable(place: Place | null, { spec }: RunSuite): string | null {
  if (place === null || onlyClusterFor(place, spec) === null) return null;
  const missing = Object.entries(spec.clusters.labels).find(([key, value]) => place.labels[key] !== value);
  if (missing === undefined) return null;
  return `asks for clusters with ${missing.join("=")}, but its environment is in ${place.cluster}, which has not, and can be reached from there alone`;
}
