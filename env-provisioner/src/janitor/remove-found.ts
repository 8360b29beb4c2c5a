import { randomUUID } from "node:crypto";
import { KubeError } from "@seatrial/kube-link/kube-error.ts";
import { withOperationLease } from "../one-writer/with-operation-lease.ts";
import { OperationError } from "../operation-error.ts";
import { removeEnvironment } from "../teardown/remove-environment.ts";
import type { JanitorRequest } from "./run-janitor.ts";

export type RemovalByLabel = "removed" | "left" | { skipped: string };

/** A name that no namespace can have: for what is left of an environment without its namespace. */
const noNamespace = "no-namespace.invalid";

/** Removes an environment with nothing but its label, unless an operation on it is at work. */
export async function removeFound(
  request: Omit<JanitorRequest, "marginSeconds">,
  found: { environmentId: string; namespace: string | null },
): Promise<RemovalByLabel> {
  const { kube, cluster, leaseNamespace, holder, policy, clock, logger } = request;
  const { environmentId } = found;
  const common = { kube, environmentId, clock, ...(request.signal && { signal: request.signal }) };
  try {
    // Twice the usual duration: long enough to see that a Lease's holder is dead. A Lease's text is no identity of a
    // process: the random part tells two tries of this one apart.
    const name = `${holder}/${environmentId}/${randomUUID()}`;
    const lease = { ...common, leaseNamespace, holder: name, waitSeconds: 60 };
    const { proof, blockers } = await withOperationLease(lease, (signal) =>
      removeEnvironment({
        ...{ ...common, signal, cluster, policy, recorded: [] },
        namespace: found.namespace ?? noNamespace,
        limitSeconds: request.limitSeconds ?? 120,
        onStep: (step) => logger.info({ environmentId, ...step }, "removing"),
        onBlockers: (now) => logger.warn({ environmentId, blockers: now }, "a removal waits"),
      }),
    );
    logger.info({ environmentId, complete: proof.complete, counts: proof.counts, blockers }, "removal ended");
    return proof.complete ? "removed" : "left";
  } catch (error) {
    request.signal?.throwIfAborted();
    if (error instanceof OperationError && error.code === "lock_held") return { skipped: error.message };
    if (!(error instanceof KubeError)) throw error;
    logger.warn({ environmentId, error: error.message }, "a removal failed and is done again");
    return "left";
  }
}
