import type { Reach } from "@seatrial/contracts/environments/environment-template.ts";
import type { KnownFields } from "./fields/known-fields.ts";
import type { ResourceTypes } from "./resource-types.ts";

/** What a template's objects may be. */
export type AdmissionPolicy = {
  environmentId: string;
  namespace: string;
  /** Cluster-scoped kinds the cluster's owner permits, as `<group>/<Kind>` (`rbac.authorization.k8s.io/ClusterRole`; core: `/PersistentVolume`). Default none. */
  clusterKinds: readonly string[];
  /** Services that open ports to the network are refused unless an endpoint asks for reach `network`. */
  reaches: readonly Reach[];
  resources: ResourceTypes;
  fields: KnownFields;
};
