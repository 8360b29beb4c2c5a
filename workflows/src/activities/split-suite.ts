import type { ActivityAnswer, WorkerHub } from "../hub/worker-hub.ts";

/** Splits a suite whose cases are listed into test shards. Idempotent: a suite that is split stays as it is. */
export function createSplitSuite(deps: { hub: Pick<WorkerHub, "splitSuite"> }) {
  return function splitSuite(runId: string, suite: string): Promise<ActivityAnswer> {
    return deps.hub.splitSuite(runId, suite);
  };
}
