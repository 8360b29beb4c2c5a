import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { hasStatus, KubeError } from "@seatrial/kube-link/kube-error.ts";

/** The API server, a webhook or a policy would not delete something; `what` is its path. */
export type Refusal = { what: string; status: number; message: string };

/** What deletions were refused in one pass of a removal: the evidence that blockers are named by. */
export type Refusals = { add: (refusal: Refusal) => void };

type DeleteOptions = { uid?: string; graceSeconds?: number; signal?: AbortSignal | undefined };

/**
 * Asks for the deletion of an object, or of all objects of a collection. True when the API server took it or there is
 * nothing (404), or another object of that name (409: the UID differs). False when it was refused: `refusals` has why.
 */
export async function deleteObject(
  kube: KubeClient,
  path: string,
  refusals: Refusals,
  { uid, graceSeconds, signal }: DeleteOptions = {},
): Promise<boolean> {
  const body = {
    propagationPolicy: "Background",
    ...(uid !== undefined && { preconditions: { uid } }),
    ...(graceSeconds !== undefined && { gracePeriodSeconds: graceSeconds }),
  };
  try {
    await kube.remove(path, body, signal ? { signal } : {});
    return true;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof KubeError) || error.status === 0 || error.status === 429) throw error;
    if (hasStatus(error, 404) || hasStatus(error, 409)) return true;
    refusals.add({ what: path, status: error.status, message: error.message });
    return false;
  }
}
