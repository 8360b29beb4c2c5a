import type { SweepRequest } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { listAllTypes } from "@seatrial/kube-link/list-all-types.ts";
import { listObjects } from "@seatrial/kube-link/list-objects.ts";
import { readExpiry } from "../janitor/expiry.ts";
import { environmentLabel } from "../labels.ts";
import { isNamespace } from "../teardown/find-cluster-objects.ts";
import { type ClusterObject, type FoundObject, isKept, referenceOf } from "../teardown/found-object.ts";
import { listFound } from "../teardown/list-found.ts";

export type FoundEnvironment = SweepRequest["found"][number];

const mostClusterScoped = 500;

/**
 * Everything in the cluster that carries the environment label: what a sweep tells the hub, and what a janitor goes by.
 * One entry for each namespace, and one without a namespace for cluster-scoped objects that have outlived theirs. Types
 * that cannot be listed are left out: an environment that is not found may still be there.
 */
export async function findEnvironments(kube: KubeClient, signal?: AbortSignal): Promise<FoundEnvironment[]> {
  const { types } = await listAllTypes(kube, signal);
  const clusterScoped = types.filter((type) => !type.namespaced && isKept(type) && !isNamespace(type));
  const where = { namespace: null, labelSelector: environmentLabel };
  const { found } = await listFound(kube, clusterScoped, where, signal);
  const namespaces = await listObjects<ClusterObject>(kube, "/api/v1/namespaces", {
    labelSelector: environmentLabel,
    signal,
  });
  return groupEnvironments(namespaces, found);
}

/** Sorts what was found by environment. Of several expiries the earliest counts: they are written together. */
export function groupEnvironments(
  namespaces: readonly ClusterObject[],
  clusterScoped: readonly FoundObject[],
): FoundEnvironment[] {
  const environmentOf = (object: ClusterObject) => object.metadata.labels?.[environmentLabel] ?? "";
  const objectsOf = Map.groupBy(clusterScoped, ({ object }) => environmentOf(object));
  const entries = namespaces.map(({ metadata }): FoundEnvironment => {
    const environmentId = metadata.labels?.[environmentLabel] ?? "";
    return {
      environmentId,
      namespace: metadata.name,
      namespaceUid: metadata.uid,
      expiresAtEpochSeconds: readExpiry(metadata.labels),
      clusterScoped: (objectsOf.get(environmentId) ?? []).slice(0, mostClusterScoped).map(referenceOf),
    };
  });
  const housed = new Set(entries.map(({ environmentId }) => environmentId));
  for (const [environmentId, objects] of objectsOf)
    if (!housed.has(environmentId)) entries.push(withoutNamespace(environmentId, objects));
  // A value that is no id of ours names no environment of ours.
  return entries.filter(({ environmentId }) => environmentId !== "" && environmentId.length <= 40);
}

function withoutNamespace(environmentId: string, objects: readonly FoundObject[]): FoundEnvironment {
  const expiries = objects
    .map(({ object }) => readExpiry(object.metadata.labels))
    .filter((at) => at !== null);
  return {
    environmentId,
    namespace: null,
    namespaceUid: null,
    expiresAtEpochSeconds: expiries.length > 0 ? Math.min(...expiries) : null,
    clusterScoped: objects.slice(0, mostClusterScoped).map(referenceOf),
  };
}
