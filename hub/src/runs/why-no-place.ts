import type { SuiteSpec } from "@seatrial/contracts/suites/suite-spec.ts";
import type { clusters } from "../database/schema/clusters.ts";
import { describeTaint, tolerates } from "../placement/tolerates.ts";

/** A cluster as `each` looks at it; `hasAgent`: one has joined and was not revoked. */
export type PlaceCandidate = Pick<
  typeof clusters.$inferSelect,
  "id" | "name" | "labels" | "taints" | "projectIds" | "revokedAt"
> & { readonly hasAgent: boolean };

/** The value of a cluster for the label that `each` names; `cluster` is its name. Undefined: it has no such label. */
export function placeValue(label: string, cluster: PlaceCandidate): string | undefined {
  if (label === "cluster") return cluster.name;
  // A label may be named as what every object has, such as "constructor".
  return Object.hasOwn(cluster.labels, label) ? cluster.labels[label] : undefined;
}

/** Why a suite has no copy in this cluster, for people; null: it has one. Silent, cordoned and full ones are places. */
export function whyNoPlace(spec: SuiteSpec, label: string, cluster: PlaceCandidate): string | null {
  if (cluster.revokedAt !== null) return "was revoked";
  if (!cluster.hasAgent) return "has no agent: none has joined";
  if (placeValue(label, cluster) === undefined) return `has no label '${label}'`;
  const missing = Object.entries(spec.clusters.labels).find(([key, value]) => cluster.labels[key] !== value);
  if (missing !== undefined) return `has not ${missing.join("=")}`;
  const taint = cluster.taints.find((one) => !tolerates(spec.clusters.tolerate, one));
  return taint === undefined
    ? null
    : `has the taint ${describeTaint(taint)}, which the suite does not tolerate`;
}
