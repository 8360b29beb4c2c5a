import type { ObjectReference } from "@seatrial/contracts/environments/proof.ts";
import { pathOfType, type ResourceType } from "@seatrial/kube-link/list-all-types.ts";

export type Condition = {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string | null;
};

/** The parts of any object that a removal reads. */
export type ClusterObject = {
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    deletionTimestamp?: string;
    deletionGracePeriodSeconds?: number;
    finalizers?: string[];
    managedFields?: { manager?: string; fieldsV1?: Record<string, unknown> }[];
  };
  spec?: Record<string, unknown>;
  status?: { phase?: string; message?: string; conditions?: Condition[] };
};

/** An object and its type: items of lists do not name theirs. */
export type FoundObject = { type: ResourceType; object: ClusterObject };

export function referenceOf({ type, object }: FoundObject): ObjectReference {
  const { name, namespace, uid } = object.metadata;
  return { apiVersion: type.apiVersion, kind: type.kind, namespace: namespace ?? null, name, uid };
}

export function pathOfObject({ type, object }: FoundObject): string {
  const { name, namespace } = object.metadata;
  return `${pathOfType(type, namespace ?? null)}/${encodeURIComponent(name)}`;
}

/** True for types whose objects live by themselves: those that can be listed and deleted. */
export function isKept(type: ResourceType): boolean {
  return type.verbs.includes("list") && type.verbs.includes("delete");
}

/** The core group's namespaces, without asking the cluster. */
export const namespaceType: ResourceType = {
  apiVersion: "v1",
  group: "",
  kind: "Namespace",
  plural: "namespaces",
  namespaced: false,
  verbs: ["get", "list", "delete"],
};
