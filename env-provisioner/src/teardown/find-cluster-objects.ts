import type { ObjectReference } from "@seatrial/contracts/environments/proof.ts";
import { inParallel } from "@seatrial/kube-link/in-parallel.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { hasStatus, KubeError } from "@seatrial/kube-link/kube-error.ts";
import { type AllTypes, pathOfType, type ResourceType } from "@seatrial/kube-link/list-all-types.ts";
import { environmentLabel } from "../labels.ts";
import { type ClusterObject, type FoundObject, isKept } from "./found-object.ts";
import { listFound } from "./list-found.ts";

const atOnce = 8;

/**
 * The environment's cluster-scoped objects: those recorded, if they still have the recorded UID, and all that carry
 * its label. Namespaces are not among them. What cannot be read is left out here and `unchecked` in the proof.
 */
export async function findClusterObjects(
  kube: KubeClient,
  { types }: AllTypes,
  wanted: { environmentId: string; recorded: readonly ObjectReference[] },
  signal?: AbortSignal,
): Promise<FoundObject[]> {
  const clusterScoped = types.filter((type) => !type.namespaced && isKept(type) && !isNamespace(type));
  const labelSelector = `${environmentLabel}=${wanted.environmentId}`;
  const { found } = await listFound(kube, clusterScoped, { namespace: null, labelSelector }, signal);
  const seen = new Set(found.map(({ object }) => object.metadata.uid));
  const unseen = wanted.recorded.filter(
    (reference) => reference.namespace === null && reference.uid !== null && !seen.has(reference.uid),
  );
  const read = await inParallel(unseen, atOnce, async (reference) => {
    const type = clusterScoped.find((candidate) => isOfType(reference, candidate));
    return type ? readRecorded(kube, type, reference, signal) : null;
  });
  return [...found, ...read.filter((one) => one !== null)];
}

/** True when the reference is of this type, in whichever version it was recorded. */
export function isOfType({ apiVersion, kind }: ObjectReference, type: ResourceType): boolean {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return kind === type.kind && group === type.group;
}

export function isNamespace({ group, kind }: Pick<ResourceType, "group" | "kind">): boolean {
  return group === "" && kind === "Namespace";
}

async function readRecorded(
  kube: KubeClient,
  type: ResourceType,
  { name, uid }: ObjectReference,
  signal?: AbortSignal,
): Promise<FoundObject | null> {
  const path = `${pathOfType(type, null)}/${encodeURIComponent(name)}`;
  try {
    const object = await kube.get<ClusterObject>(path, signal ? { signal } : {});
    return object.metadata.uid === uid ? { type, object } : null;
  } catch (error) {
    signal?.throwIfAborted();
    if (hasStatus(error, 404) || (error instanceof KubeError && error.status !== 0)) return null;
    throw error;
  }
}
