import type { OperationFinishInput, OperationWork } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { Blocker } from "@seatrial/contracts/environments/proof.ts";
import type { RepairPolicy } from "../blockers/repair-policy.ts";
import type { ProviderSettings } from "../engine/provider-choice.ts";
import type { GuardrailLimits } from "../templates/guardrails.ts";

/** What every operation of this provisioner runs with. */
export type RunnerSettings = {
  cluster: string;
  kubernetes: { kubeconfig: string | null; context: string | null; inClusterAddress: string | null };
  /** Where the Lease of each environment is: the provisioner's own namespace. */
  leaseNamespace: string;
  tools: { pulumi: string; helm: string; kubectl: string };
  /** Through what the engine reaches Kubernetes. */
  provider: ProviderSettings;
  clusterKinds: readonly string[];
  limits: GuardrailLimits;
  repairs: RepairPolicy;
};

/** One operation, told by the channel between the processes: keys are in no argument and no environment. */
export type RunnerStart = {
  type: "start";
  work: OperationWork;
  settings: RunnerSettings;
  /** This operation's own, removed at its end: everything that it writes is in it. */
  folder: string;
  /** The content's archive in the operation's folder; null where the operation needs none. */
  contentFile: string | null;
  /** As the hub keeps it: encrypted. */
  sealedState: Uint8Array | null;
  /** The provider that wrote the state, as the hub keeps it beside; null: there is no state. */
  stateProvider: string | null;
  /** Names this try in the cluster's Lease. */
  holder: string;
  /** Holders that begin with `prefix` are of this provisioner; of these, all but the `alive` ones have surely ended. */
  ownHolders: { prefix: string; alive: readonly string[] };
};

/** `stop` asks for an orderly end: nothing new is begun, and what was reached is reported. */
export type ToRunner = RunnerStart | { type: "stop"; reason: StopReason };

/** The environment goes, its time is over, or the provisioner does and another life of it will begin anew. */
export type StopReason = "cancelled" | "deadline" | "draining";

export type RunnerResult = {
  finish: Omit<OperationFinishInput, "instance" | "endedAt">;
  /** To be stored before the finish; null when the operation has not touched it. */
  state: { engine: string; provider: string; bytes: Uint8Array } | null;
};

export type FromRunner =
  /** Its program is loaded. */
  | { type: "ready" }
  /** A process group that has to die with it. */
  | { type: "spawned"; pid: number }
  | { type: "step"; name: string; message: string }
  | { type: "blockers"; blockers: Blocker[] }
  | { type: "result"; result: RunnerResult };
