import { lte } from "drizzle-orm";
import { requestProofs } from "../database/schema/clusters.ts";
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
import { wakeOverdue } from "./wake-overdue.ts";

export type TickAnswer = {
  handedBack: number;
  lost: number;
  compacted: number;
  nextDueInSeconds: number | null;
};

/**
 * Does what time alone decides. The hub has no timer: the worker calls this, several may, and each call finds only
 * what is due. `nextDueInSeconds` is the next deadline of a lease, for the caller's pace.
 */
export async function tick(deps: PlanningDeps): Promise<TickAnswer> {
  const { upSince } = await beatPulse(deps);
  const nothing = { handedBack: 0, lost: 0 };
  const isKept = await keepsLeases(deps);
  const shards = isKept ? nothing : await expireLeases(deps);
  const operations = isKept ? nothing : await expireOperations(deps);
  const drained = await endDrains(deps);
  await endAbsent(deps, upSince);
  await noteWaiting(deps);
  await noteWaitingEnvironments(deps);
  await deps.database.delete(requestProofs).where(lte(requestProofs.expiresAt, deps.clock.now()));
  await sweepUploads(deps);
  await wakeOverdue(deps, upSince);
  await lookAtSchedules(deps);
  await announceSweeps(deps);
  await forgetDeliveries(deps);
  const compacted = await compactLogs(deps);
  const deadlines = [await nextDeadline(deps), await nextOperationDeadline(deps)];
  const due = deadlines.filter((seconds) => seconds !== null);
  return {
    handedBack: shards.handedBack + operations.handedBack + drained,
    lost: shards.lost + operations.lost,
    compacted,
    nextDueInSeconds: due.length === 0 ? null : Math.min(...due),
  };
}
