import type { SweepRequest } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";

export type FoundEnvironment = SweepRequest["found"][number];

/** Everything in the cluster that carries the environment label: what a sweep tells the hub. */
export async function findEnvironments(
  _kube: KubeClient,
  _signal?: AbortSignal,
): Promise<FoundEnvironment[]> {
  throw new Error("not written yet");
}
