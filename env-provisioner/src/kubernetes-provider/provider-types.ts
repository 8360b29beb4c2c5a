import type { FindType } from "@seatrial/kube-link/find-type.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import type { OperationError, SourcePlace } from "../operation-error.ts";
import type { KubernetesObject } from "../planned-object.ts";
import type { ReadinessDeps } from "./readiness/wait-until-ready.ts";

export type ProviderDeps = ReadinessDeps & {
  kube: KubeClient;
  findType: FindType;
  environmentId: string;
  /** Where an object stands in the content. */
  placeOf: (object: KubernetesObject) => SourcePlace | null;
  /** True when the state says that the last operation on the resource did not end well. */
  isUnsettled: (urn: string) => boolean;
  /** Told once per object that was created or updated, when the API server has it. */
  onApplied: () => void;
  /** Each failure, also those that another one caused; the first one counts. */
  onFailure: (failure: OperationError) => void;
};
