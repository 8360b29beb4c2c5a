import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { hasStatus } from "@seatrial/kube-link/kube-error.ts";
import { listObjects } from "@seatrial/kube-link/list-objects.ts";
import { environmentLabel } from "../labels.ts";
import type { ClusterObject } from "./found-object.ts";

export type Namespaces = {
  /** Those that carry the environment's label: normally one, or none. */
  own: ClusterObject[];
  /** What has the environment's namespace's name, but not its label: somebody else's, never touched. */
  foreign: ClusterObject | null;
};

/** The environment's namespaces by label, and whoever else has its name. */
export async function findNamespaces(
  kube: KubeClient,
  environmentId: string,
  namespace: string,
  signal?: AbortSignal,
): Promise<Namespaces> {
  const labelSelector = `${environmentLabel}=${environmentId}`;
  const own = await listObjects<ClusterObject>(kube, "/api/v1/namespaces", { labelSelector, signal });
  if (own.some(({ metadata }) => metadata.name === namespace)) return { own, foreign: null };
  const named = await kube
    .get<ClusterObject>(`/api/v1/namespaces/${namespace}`, signal ? { signal } : {})
    .catch((error) => (hasStatus(error, 404) ? null : Promise.reject(error)));
  const isOwn = named?.metadata.labels?.[environmentLabel] === environmentId;
  return named && isOwn ? { own: [...own, named], foreign: null } : { own, foreign: named };
}
