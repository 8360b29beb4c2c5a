import { lte } from "drizzle-orm";
import { requestProofs } from "../database/schema/clusters.ts";
import { announceForgotten } from "../environments/announce-forgotten.ts";
import { expireLeases, nextDeadline } from "../leases/expire-leases.ts";
import { noteWaiting } from "../leases/note-waiting.ts";
import { compactLogs } from "../log-intake/compact-logs.ts";
import { expireOperations, nextOperationDeadline } from "../operations/expire-operations.ts";
import { noteWaitingEnvironments } from "../operations/note-waiting-environments.ts";
import { announceSweeps } from "../repositories/announce-sweeps.ts";
import { lookAtSchedules } from "../schedules/look-at-schedules.ts";
import { sweepUploads } from "../uploads/sweep-uploads.ts";
import { forgetDeliveries } from "../webhooks/forget-deliveries.ts";
import { beatPulse } from "./beat-pulse.ts";
import { endAbsent } from "./end-absent.ts";
import { endDrains } from "./end-drains.ts";
import { keepsLeases } from "./many-silent.ts";
import type { PlanningDeps } from "./planning-deps.ts";
import { runStep } from "./run-step.ts";
import { wakeOverdue } from "./wake-overdue.ts";

export type TickAnswer = {
  handedBack: number;
  lost: number;
  compacted: number;
  nextDueInSeconds: number | null;
};

/**
 * Does what time alone decides. The hub has no timer: the worker calls this, several may, and each call finds only
 * what is due. A step that throws is logged and stops no other. `nextDueInSeconds` is the next deadline of a lease, for
 * the caller's pace; null while leases are kept, whose deadlines decide nothing.
 */
export async function tick(deps: PlanningDeps): Promise<TickAnswer> {
  // Without these nobody knows whether silence is the clusters' or the hub's own: nothing may be taken back then.
  const { upSince, gapSeconds } = await beatPulse(deps);
  const isKept = await keepsLeases(deps);
  const nothing = { handedBack: 0, lost: 0 };
  const step = <Answer>(name: string, otherwise: Answer, work: () => Promise<Answer>) =>
    runStep(deps, name, otherwise, work);
  const shards = isKept ? nothing : await step("expire leases", nothing, () => expireLeases(deps));
  const operations = isKept
    ? nothing
    : await step("expire operations", nothing, () => expireOperations(deps));
  const drained = await step("end drains", 0, () => endDrains(deps, upSince));
  for (const [name, work] of steps) await step(name, undefined, () => work(deps, upSince));
  await step("announce forgotten environments", undefined, () => announceForgotten(deps, gapSeconds));
  const compacted = await step("compact logs", 0, () => compactLogs(deps));
  const deadlines = isKept ? [] : [await nextDeadline(deps), await nextOperationDeadline(deps)];
  const due = deadlines.filter((seconds) => seconds !== null);
  return {
    handedBack: shards.handedBack + operations.handedBack + drained,
    lost: shards.lost + operations.lost,
    compacted,
    nextDueInSeconds: due.length === 0 ? null : Math.min(...due),
  };
}

/** In this order; what they answer is nobody's business. */
const steps: readonly [name: string, work: (deps: PlanningDeps, upSince: Date) => Promise<unknown>][] = [
  ["end what is absent", endAbsent],
  ["note what waits", noteWaiting],
  ["note environments that wait", noteWaitingEnvironments],
  ["forget proofs", forgetProofs],
  ["sweep uploads", sweepUploads],
  ["wake what is overdue", wakeOverdue],
  ["look at schedules", lookAtSchedules],
  ["announce sweeps", announceSweeps],
  ["forget deliveries", forgetDeliveries],
];

function forgetProofs(deps: PlanningDeps): Promise<unknown> {
  return deps.database.delete(requestProofs).where(lte(requestProofs.expiresAt, deps.clock.now()));
}
