import { inParallel } from "@seatrial/kube-link/in-parallel.ts";
import { hasStatus, KubeError } from "@seatrial/kube-link/kube-error.ts";
import { type AllTypes, pathOfType, type ResourceType } from "@seatrial/kube-link/list-all-types.ts";
import { deleteObject } from "./delete-object.ts";
import { type FoundObject, isKept, pathOfObject } from "./found-object.ts";
import { listFound } from "./list-found.ts";
import type { RemovalPass } from "./removal-pass.ts";

const atOnce = 8;

/** The types whose objects a namespace can hold. */
export function namespacedTypes({ types }: AllTypes): ResourceType[] {
  return types.filter((type) => type.namespaced && isKept(type));
}

export const isPod = ({ group, plural }: ResourceType) => group === "" && plural === "pods";

/**
 * Asks for the deletion of what there is of these types in a namespace (pods apart: they get their own grace) and
 * returns the types that are not known to be empty, one that could not be read among them.
 */
export async function sweepNamespace(
  pass: RemovalPass,
  namespace: string,
  types: readonly ResourceType[],
): Promise<ResourceType[]> {
  const full = await inParallel(types, atOnce, async (type) => {
    const isFull = await hasAny(pass, type, namespace);
    if (isFull && !isPod(type)) await deleteAll(pass, type, namespace);
    return isFull;
  });
  return types.filter((_, index) => full[index]);
}

async function hasAny(pass: RemovalPass, type: ResourceType, namespace: string): Promise<boolean> {
  const { kube, signal } = pass.request;
  try {
    const query = { limit: 1 };
    const list = await kube.get<{ items: unknown[] }>(pathOfType(type, namespace), {
      query,
      ...(signal && { signal }),
    });
    return list.items.length > 0;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof KubeError) || error.status === 0) throw error;
    return !hasStatus(error, 404);
  }
}

async function deleteAll(pass: RemovalPass, type: ResourceType, namespace: string): Promise<void> {
  const { kube, signal } = pass.request;
  if (type.verbs.includes("deletecollection")) {
    await deleteObject(kube, pathOfType(type, namespace), pass.refusals, { signal });
    return;
  }
  const { found } = await listFound(kube, [type], { namespace }, signal);
  for (const one of found.filter(isLiving))
    await deleteObject(kube, pathOfObject(one), pass.refusals, { uid: one.object.metadata.uid, signal });
}

const isLiving = ({ object }: FoundObject) => object.metadata.deletionTimestamp === undefined;
