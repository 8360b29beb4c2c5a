import type { ActivityAnswer, WorkerHub } from "../hub/worker-hub.ts";

/** Decides what ended attempts mean: another attempt, or verdicts of shard, suite and run. Idempotent. */
export function createSettleRun(deps: { hub: Pick<WorkerHub, "settleRun"> }) {
  return function settleRun(runId: string): Promise<ActivityAnswer> {
    return deps.hub.settleRun(runId);
  };
}
