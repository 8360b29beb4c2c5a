import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";

export type OperationLeaseRequest = {
  kube: KubeClient;
  /** The provisioner's own namespace. */
  leaseNamespace: string;
  environmentId: string;
  /** Operation id and process: never the same for two processes or two tries. */
  holder: string;
  clock: Clock;
  signal?: AbortSignal;
  /** Default 30. */
  leaseSeconds?: number;
  /** How long to wait for another holder before `lock_held` (default 120). */
  waitSeconds?: number;
  /** True when the caller knows that this holder's whole process group has ended. */
  previousHolderIsDead?: (holder: string) => boolean | Promise<boolean>;
};

/** Does the work while it alone holds the environment's Lease. */
export async function withOperationLease<Result>(
  _request: OperationLeaseRequest,
  _work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  throw new Error("not written yet");
}
