import type { WorkerHub } from "../hub/worker-hub.ts";
import { createPlanRun } from "./plan-run.ts";
import { createSettleRun } from "./settle-run.ts";
import { createSplitSuite } from "./split-suite.ts";
import { createTick } from "./tick.ts";

export type Activities = ReturnType<typeof createActivities>;

/** All activities over one hub: what the worker calls today, and what workflows will call. */
export function createActivities(deps: { hub: WorkerHub }) {
  return {
    planRun: createPlanRun(deps),
    splitSuite: createSplitSuite(deps),
    settleRun: createSettleRun(deps),
    tick: createTick(deps),
  };
}
