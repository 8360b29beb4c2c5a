import type { ActivityAnswer, WorkerHub } from "../hub/worker-hub.ts";

/** Makes a new run's shards, or asks its tools for their cases first. Idempotent: a planned run stays as it is. */
export function createPlanRun(deps: { hub: Pick<WorkerHub, "planRun"> }) {
  return function planRun(runId: string): Promise<ActivityAnswer> {
    return deps.hub.planRun(runId);
  };
}
