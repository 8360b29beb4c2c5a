import type { AllTypes } from "@seatrial/kube-link/list-all-types.ts";
import type { Refusal, Refusals } from "./delete-object.ts";
import type { Namespaces } from "./find-namespaces.ts";
import type { FoundObject } from "./found-object.ts";
import type { RemovalRequest } from "./removal-request.ts";

/** What one pass over the cluster has found; everything in it is read anew by the next one. */
export type RemovalPass = {
  request: RemovalRequest;
  /** When the removal began, in milliseconds since 1970. */
  startedAt: number;
  types: AllTypes;
  namespaces: Namespaces;
  /** Groups that no part of Kubernetes itself serves: operators and aggregated API servers do. */
  customGroups: ReadonlySet<string>;
  /** Cluster-scoped objects of the environment, namespaces apart. */
  clusterObjects: readonly FoundObject[];
  refusals: Refusals & { all: readonly Refusal[] };
  step: (name: string, message?: string) => void;
};

export function createRefusals(): RemovalPass["refusals"] {
  const all: Refusal[] = [];
  return { all, add: (refusal) => all.push(refusal) };
}
