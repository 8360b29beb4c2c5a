import type { Container, PodSpec } from "@seatrial/kube-link/kube-types.ts";
import { parseQuantity } from "@seatrial/kube-link/parse-quantity.ts";

export type Requests = { cpuMillis: number; memoryBytes: number };

/**
 * What the scheduler sets aside for a pod: its containers and sidecars together, or more where something before them
 * needs more, along with the sidecars that run by then.
 */
export function podRequests({
  containers,
  initContainers = [],
}: Pick<PodSpec, "containers" | "initContainers">): Requests {
  let sidecars: Requests = { cpuMillis: 0, memoryBytes: 0 };
  let before = sidecars;
  for (const container of initContainers) {
    const together = sum(sidecars, requestsOf(container));
    before = larger(before, together);
    if (container.restartPolicy === "Always") sidecars = together;
  }
  return larger(before, containers.map(requestsOf).reduce(sum, sidecars));
}

export function sum(left: Requests, right: Requests): Requests {
  return {
    cpuMillis: left.cpuMillis + right.cpuMillis,
    memoryBytes: left.memoryBytes + right.memoryBytes,
  };
}

function larger(left: Requests, right: Requests): Requests {
  return {
    cpuMillis: Math.max(left.cpuMillis, right.cpuMillis),
    memoryBytes: Math.max(left.memoryBytes, right.memoryBytes),
  };
}

/** A container that somebody else put into the pod may ask for nothing. */
function requestsOf({ resources }: Partial<Pick<Container, "resources">>): Requests {
  const { cpu = "0", memory = "0" } = resources?.requests ?? {};
  return {
    cpuMillis: Math.ceil(parseQuantity(cpu, 1_000) ?? 0),
    memoryBytes: Math.ceil(parseQuantity(memory) ?? 0),
  };
}
