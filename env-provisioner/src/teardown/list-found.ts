import { inParallel } from "@seatrial/kube-link/in-parallel.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { hasStatus, KubeError } from "@seatrial/kube-link/kube-error.ts";
import { pathOfType, type ResourceType } from "@seatrial/kube-link/list-all-types.ts";
import { listObjects } from "@seatrial/kube-link/list-objects.ts";
import type { ClusterObject, FoundObject } from "./found-object.ts";

export type FailedList = { type: ResourceType; status: number; why: string };
export type FoundList = { found: FoundObject[]; failed: FailedList[] };

const atOnce = 8;

/**
 * The objects of many types, by label or (without one) all of a namespace. A type that cannot be listed is in `failed`;
 * one that is gone meanwhile (404) has no objects.
 */
export async function listFound(
  kube: KubeClient,
  types: readonly ResourceType[],
  where: { namespace: string | null; labelSelector?: string },
  signal?: AbortSignal,
): Promise<FoundList> {
  const failed: FailedList[] = [];
  const { namespace, ...selector } = where;
  const lists = await inParallel(types, atOnce, async (type): Promise<FoundObject[]> => {
    try {
      const objects = await listObjects<ClusterObject>(kube, pathOfType(type, namespace), {
        ...selector,
        signal,
      });
      return objects.map((object) => ({ type, object }));
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof KubeError)) throw error;
      if (!hasStatus(error, 404)) failed.push({ type, status: error.status, why: error.message });
      return [];
    }
  });
  return { found: lists.flat(), failed };
}
