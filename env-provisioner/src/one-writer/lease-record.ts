import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { hasStatus } from "@seatrial/kube-link/kube-error.ts";
import { managedByLabel, operationLeaseName } from "../labels.ts";

export type LeaseRecord = {
  metadata: { uid: string; resourceVersion: string };
  spec: { holderIdentity?: string; leaseDurationSeconds?: number; renewTime?: string };
};
type Place = { kube: KubeClient; leaseNamespace: string; environmentId: string };

/** The requests for one Lease. Each write names the version it was made from: of two writers one gets a conflict (409). */
export function createLeaseRecords({ kube, leaseNamespace, environmentId }: Place) {
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${leaseNamespace}/leases`;
  const name = operationLeaseName(environmentId);
  const path = `${collection}/${name}`;
  const manifest = (spec: LeaseSpec, metadata: object) => ({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace: leaseNamespace, labels: managedByLabel, ...metadata },
    spec,
  });

  const records = {
    read: (signal?: AbortSignal): Promise<LeaseRecord | null> =>
      kube
        .get<LeaseRecord>(path, signal ? { signal } : {})
        .catch((error) => (hasStatus(error, 404) ? null : Promise.reject(error))),
    /** Rejects with 409 when there is one. */
    create: (spec: LeaseSpec, signal?: AbortSignal): Promise<LeaseRecord> =>
      kube.post<LeaseRecord>(collection, manifest(spec, {}), signal ? { signal } : {}),
    /** Rejects with 409 when it is another one, or was written, since it was read. */
    replace: (record: LeaseRecord, spec: LeaseSpec, signal?: AbortSignal): Promise<LeaseRecord> => {
      const { uid, resourceVersion } = record.metadata;
      return kube.put<LeaseRecord>(path, manifest(spec, { uid, resourceVersion }), signal ? { signal } : {});
    },
    /** Deletes it while its holder is the one in the record: one that somebody else has taken meanwhile stays. */
    async drop(record: LeaseRecord): Promise<void> {
      const now = await records.read();
      const isSame = now?.metadata.uid === record.metadata.uid;
      if (now === null || !isSame || now.spec.holderIdentity !== record.spec.holderIdentity) return;
      const { uid, resourceVersion } = now.metadata;
      try {
        await kube.remove(path, { preconditions: { uid, resourceVersion } });
      } catch (error) {
        if (!hasStatus(error, 404)) throw error;
      }
    },
  };
  return records;
}
export type LeaseRecords = ReturnType<typeof createLeaseRecords>;
export type LeaseSpec = {
  holderIdentity: string;
  leaseDurationSeconds: number;
  acquireTime: string;
  renewTime: string;
};

/** Kubernetes' MicroTime wants six digits. */
export function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("Z", "000Z");
}
