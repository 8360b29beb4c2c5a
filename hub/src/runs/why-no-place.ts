import type { SuiteSpec } from "@seatrial/contracts/suites/suite-spec.ts";
import type { clusters } from "../database/schema/clusters.ts";

/** A cluster as `each` looks at it; `hasAgent`: one has joined and was not revoked. */
export type PlaceCandidate = Pick<
  typeof clusters.$inferSelect,
  "id" | "name" | "labels" | "taints" | "projectIds" | "revokedAt"
> & { readonly hasAgent: boolean };

/** The value of a cluster for the label that `each` names; `cluster` is its name. Undefined: it has no such label. */
export function placeValue(label: string, cluster: PlaceCandidate): string | undefined {
  return label === "cluster" ? cluster.name : cluster.labels[label];
}

/** Why a suite has no copy in this cluster, for people; null: it has one. Silent, cordoned and full ones are places. */
export function whyNoPlace(spec: SuiteSpec, label: string, cluster: PlaceCandidate): string | null {
  if (cluster.revokedAt !== null) return "was revoked";
  if (!cluster.hasAgent) return "has no agent: none has joined";
  if (placeValue(label, cluster) === undefined) return `has no label '${label}'`;
  const missing = Object.entries(spec.clusters.labels).find(([key, value]) => cluster.labels[key] !== value);
  if (missing !== undefined) return `has not ${missing.join("=")}`;
  const taint = cluster.taints.find(
    ({ key, value }) =>
      !spec.clusters.tolerate.some(
        (stood) => stood.key === key && (stood.value === null || stood.value === value),
      ),
  );
  if (taint === undefined) return null;
  const { key, value } = taint;
  return `has the taint ${key}${value === null ? "" : `=${value}`}, which the suite does not tolerate`;
}
