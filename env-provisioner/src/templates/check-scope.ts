import type { PlannedObject } from "../planned-object.ts";
import type { AdmissionPolicy } from "./admission-policy.ts";
import { isReserved } from "./guardrail-names.ts";

/**
 * An object belongs into the environment's namespace, or is of a cluster-scoped kind that the cluster's owner allows.
 * Cluster-scoped objects of two environments must not meet, so their names hold the namespace's; only definitions,
 * whose names are given, may be shared in name, and then the second environment is refused as `foreign_object`.
 */
export function checkScope({ object, namespaced }: PlannedObject, policy: AdmissionPolicy): string[] {
  const { kind, metadata } = object;
  if (namespaced) {
    if (metadata.namespace !== undefined && metadata.namespace !== policy.namespace)
      return [
        "is in another namespace than the environment's: remove metadata.namespace (in a chart, write {{ .Release.Namespace }})",
      ];
    if (isReserved(kind, metadata.name))
      return ["has the name of a guardrail: give it another, or remove it"];
    return [];
  }
  if (kind === "Namespace")
    return ["is a namespace: an environment has exactly one, which Seatrial makes; remove it"];
  const allowed = `${groupOf(object.apiVersion)}/${kind}`;
  if (!policy.clusterKinds.includes(allowed))
    return [
      `is cluster-scoped, and this cluster allows ${policy.clusterKinds.join(", ") || "no cluster-scoped kinds"}: switch it off, or ask the cluster's owner to allow ${allowed}`,
    ];
  if (metadata.namespace !== undefined) return ["is cluster-scoped: remove metadata.namespace"];
  if (kind === "CustomResourceDefinition" || metadata.name.includes(policy.namespace)) return [];
  return [
    "is cluster-scoped and would meet that of another environment: put the namespace into its name, as in {{ .Release.Namespace }}-name or ${environment.namespace}-name",
  ];
}

export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion.replace(/\/.*/, "") : "";
}
