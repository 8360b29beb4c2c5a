import type { TickAnswer, WorkerHub } from "../hub/worker-hub.ts";

/** Lets the hub do what time alone decides: lost hand-offs, expired leases, old rows. Idempotent. */
export function createTick(deps: { hub: Pick<WorkerHub, "tick"> }) {
  return function tick(): Promise<TickAnswer> {
    return deps.hub.tick();
  };
}
