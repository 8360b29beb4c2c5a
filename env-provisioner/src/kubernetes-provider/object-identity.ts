import type { ObjectReference } from "@seatrial/contracts/environments/proof.ts";
import type { KubernetesObject } from "../planned-object.ts";

/** The group of an apiVersion; empty for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? "" : apiVersion.slice(0, slash);
}

/** `namespace/name`, or the name alone: the object's id for the engine, and its name in the state. */
export function idOf({ metadata }: KubernetesObject): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;
}

/** The same for every version of its group: what makes it one object in the cluster. */
export function identityOf(object: KubernetesObject): string {
  return `${groupOf(object.apiVersion)} ${object.kind} ${idOf(object)}`;
}

/** `Deployment preview/web`, for people. */
export function nameOf(object: KubernetesObject): string {
  return `${object.kind} ${idOf(object)}`;
}

/** The engine's type: `kubernetes:apps/v1:Deployment`, and `kubernetes:core/v1:Secret` for the core group. */
export function tokenOf({ apiVersion, kind }: KubernetesObject): string {
  return `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
}

/** What the state holds of an object besides its inputs: nothing of its content, so no secret. */
export type ObjectOutputs = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; uid?: string };
};

/** The outputs of an object that is there. */
export function outputsOf(object: KubernetesObject, uid: string | undefined): ObjectOutputs {
  const { name, namespace } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { name, ...(namespace ? { namespace } : {}), ...(uid ? { uid } : {}) },
  };
}

/** The same as a reference. */
export function referenceOf({ apiVersion, kind, metadata }: ObjectOutputs): ObjectReference {
  return {
    ...{ apiVersion, kind, name: metadata.name },
    ...{ namespace: metadata.namespace ?? null, uid: metadata.uid ?? null },
  };
}
