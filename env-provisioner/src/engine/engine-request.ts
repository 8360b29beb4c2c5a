import type { ObjectReference } from "@seatrial/contracts/environments/proof.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import type { OperationError } from "../operation-error.ts";
import type { PlannedObject } from "../planned-object.ts";
import type { ProviderChoice } from "./provider-choice.ts";

/** What components before have told, by component and output name. */
export type ComponentOutputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A part of an environment that is ready before the next one is planned. */
export type Stage = {
  /** The component's name; its outputs are handed on under it. */
  name: string;
  /** What to apply. Gets the outputs of all stages before. May throw an `OperationError`. */
  plan: (outputs: ComponentOutputs) => Promise<readonly PlannedObject[]>;
  /** Output name → `Kind/name` of an object of this stage and the field that is read from the cluster once it is ready. */
  outputs: Readonly<Record<string, { object: string; field: string }>>;
};

/** As `SEATRIAL_KUBECONFIG` and the like say it. */
export type ClusterAccess = {
  kubeconfig: string | null;
  context: string | null;
  /** `host:port` */
  inClusterAddress: string | null;
};

export type EngineStep = { name: string; milliseconds: number };

export type EngineRequest = {
  /** `destroy` plans nothing: `stages` may be empty. */
  action: "up" | "destroy";
  /** An empty folder of this operation alone; everything the engine writes is in it. The caller removes it. */
  folder: string;
  environmentId: string;
  project: string;
  kube: KubeClient;
  stages: readonly Stage[];
  /** The checkpoint as an earlier operation left it, in clear; null when there is none or it is lost. */
  previousState: Uint8Array | null;
  /** The environment's own 32 bytes: what secrets inside the state are encrypted with. */
  stateKey: Uint8Array;
  /** Until everything is ready; after it the operation fails as `not_ready`. */
  timeoutSeconds: number;
  /** Wait for an Ingress or HTTPRoute to have an address too. */
  waitForIngress?: boolean;
  /** Through what it reaches Kubernetes; without it, Seatrial's own provider. */
  provider?: ProviderChoice;
  /** For the plugin, which finds its own way to the cluster; never a part of the state. */
  clusterAccess?: ClusterAccess;
  /** The engine's program. */
  pulumiPath: string;
  /** Ends the operation: the engine is asked to stop, then killed with its process group. */
  signal: AbortSignal;
  /** Told once per step, when it ended. */
  onStep: (step: EngineStep) => void;
  /** The engine's process, which is the leader of its own process group. */
  onSpawn?: (pid: number) => void;
};

export type EngineOutcome = {
  /** The checkpoint in clear, also after a failure: seal it before it goes anywhere. */
  state: Uint8Array;
  /** What the state says is in the cluster. */
  objects: ObjectReference[];
  failure: OperationError | null;
  /** How many resources were `create`d, `update`d, `replace`d, `delete`d or the `same`, the engine's own two included. */
  changes: Readonly<Record<string, number>>;
  steps: EngineStep[];
};
