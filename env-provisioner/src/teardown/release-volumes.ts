import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { hasStatus, KubeError } from "@seatrial/kube-link/kube-error.ts";
import { listObjects } from "@seatrial/kube-link/list-objects.ts";
import { environmentLabel } from "../labels.ts";
import type { ClusterObject } from "./found-object.ts";

export type Volume = ClusterObject & {
  spec: { persistentVolumeReclaimPolicy?: string; claimRef?: { namespace?: string } };
};
const path = "/api/v1/persistentvolumes";
/** Set by Kubernetes on volumes that were made for a claim; a volume without it is somebody's own. */
const provisionedBy = "pv.kubernetes.io/provisioned-by";

/** The volumes that were made for claims of a namespace. Null when they may not be listed. */
export async function findClaimedVolumes(
  kube: KubeClient,
  namespace: string,
  signal?: AbortSignal,
): Promise<Volume[] | null> {
  try {
    const volumes = await listObjects<Volume>(kube, path, { signal });
    return volumes.filter(
      ({ metadata, spec }) =>
        spec.claimRef?.namespace === namespace &&
        (metadata.annotations?.[provisionedBy] !== undefined ||
          metadata.labels?.[environmentLabel] !== undefined),
    );
  } catch (error) {
    signal?.throwIfAborted();
    if (hasStatus(error, 403)) return null;
    throw error;
  }
}

/**
 * Sees to it that the volumes of an environment's claims are deleted with their content: a storage class may say
 * `Retain`, which is meant for data that outlives its claim, and that of an environment must not.
 */
export async function releaseVolumes(
  kube: KubeClient,
  namespace: string,
  signal?: AbortSignal,
): Promise<Volume[]> {
  const volumes = (await findClaimedVolumes(kube, namespace, signal)) ?? [];
  for (const { metadata, spec } of volumes) {
    if (spec.persistentVolumeReclaimPolicy !== "Retain" || metadata.deletionTimestamp !== undefined) continue;
    // A volume with our label was made by the template itself and is deleted like any other object.
    if (metadata.annotations?.[provisionedBy] === undefined) continue;
    const body = {
      metadata: { uid: metadata.uid },
      spec: { persistentVolumeReclaimPolicy: "Delete" },
    };
    await kube
      .patch(`${path}/${encodeURIComponent(metadata.name)}`, body, signal ? { signal } : {})
      .catch((error) => {
        // What is refused shows as a volume that is left.
        if (!(error instanceof KubeError) || error.status === 0) throw error;
      });
  }
  return volumes;
}
