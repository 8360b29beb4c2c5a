import type { Blocker, ObjectReference, Proof } from "@seatrial/contracts/environments/proof.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import type { RepairPolicy } from "../blockers/repair-policy.ts";

/** One thing a removal has done, and how long it took. */
export type RemovalStep = { name: string; milliseconds: number; message: string };

export type RemovalRequest = {
  kube: KubeClient;
  environmentId: string;
  namespace: string;
  /** The cluster's name, for the proof. */
  cluster: string;
  /** What operations recorded; may be empty, then everything is found by label. */
  recorded: readonly ObjectReference[];
  policy: RepairPolicy;
  clock: Clock;
  /** Aborts the removal at any point; it rejects with the signal's reason and can be done again. */
  signal?: AbortSignal;
  /** After this long it ends with what is left, named (default 600). */
  limitSeconds?: number;
  /** How long an operator may take over its custom resources before its namespace goes (default 60). */
  customResourceSeconds?: number;
  onStep?: (step: RemovalStep) => void;
  /** All that blocks now, each time that changes; an empty list: nothing any more. */
  onBlockers?: (blockers: readonly Blocker[]) => void;
};

/** `blockers` is empty exactly when the proof is complete. */
export type RemovalOutcome = { proof: Proof; blockers: readonly Blocker[] };
