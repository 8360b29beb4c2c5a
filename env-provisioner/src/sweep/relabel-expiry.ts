import type { SweepAnswer } from "@seatrial/contracts/agent-protocol/operation.ts";
import { inParallel } from "@seatrial/kube-link/in-parallel.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { hasStatus } from "@seatrial/kube-link/kube-error.ts";
import { listAllTypes } from "@seatrial/kube-link/list-all-types.ts";
import { environmentLabel, expiresLabel } from "../labels.ts";
import { findClusterObjects } from "../teardown/find-cluster-objects.ts";
import { findNamespaces } from "../teardown/find-namespaces.ts";
import { type FoundObject, namespaceType, pathOfObject } from "../teardown/found-object.ts";

/**
 * Writes the hub's expiry to all that carries an environment's label and an expiry, so that the janitor goes by it.
 * Each write names the version that was read, so it hits nothing that has become somebody else's.
 */
export async function relabelExpiry(
  kube: KubeClient,
  { environmentId, namespace, expiresAtEpochSeconds }: SweepAnswer["relabel"][number],
  signal?: AbortSignal,
): Promise<void> {
  const types = await listAllTypes(kube, signal);
  const { own } = await findNamespaces(kube, environmentId, namespace, signal);
  const objects: FoundObject[] = [
    ...own.map((object) => ({ type: namespaceType, object })),
    ...(await findClusterObjects(kube, types, { environmentId, recorded: [] }, signal)),
  ];
  const dated = objects.filter(({ object }) => object.metadata.labels?.[expiresLabel] !== undefined);
  await inParallel(dated, 4, async (found) => {
    const { uid, resourceVersion } = found.object.metadata;
    const labels = { [environmentLabel]: environmentId, [expiresLabel]: String(expiresAtEpochSeconds) };
    await kube
      .patch(pathOfObject(found), { metadata: { uid, resourceVersion, labels } }, signal ? { signal } : {})
      .catch((error) => {
        // Written or gone meanwhile: the next sweep tells again.
        if (!hasStatus(error, 404) && !hasStatus(error, 409)) throw error;
      });
  });
}
