import { and, asc, eq, isNull, lte, or, sql } from "drizzle-orm";
import { operations } from "../database/schema/environments.ts";
import { transact } from "../database/transact.ts";
import type { OperationRow } from "../environments/environment-row.ts";
import { systemActor } from "../events/append-events.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import { handBackOperation, loseOperation } from "./end-operation.ts";
import { lockOperation } from "./operation-lease.ts";

/** At most this many at a time. */
const perTick = 200;

/**
 * Ends what time ended: hand-offs that nobody acknowledged go back to the queue, expired operations are lost. Each is
 * looked at again under its lock, so a heartbeat that was faster wins.
 */
export async function expireOperations(deps: LeaseDeps): Promise<{ handedBack: number; lost: number }> {
  const now = deps.clock.now();
  const isUnacknowledged = and(isNull(operations.acknowledgedAt), lte(operations.acknowledgeBy, now));
  const due = await deps.database
    .select()
    .from(operations)
    .where(and(eq(operations.state, "leased"), or(isUnacknowledged, lte(operations.expiresAt, now))))
    .orderBy(asc(operations.expiresAt))
    .limit(perTick);
  const counts = { handedBack: 0, lost: 0 };
  for (const seen of due) {
    const what = await endOne(deps, seen, now);
    if (what !== null) counts[what] += 1;
  }
  return counts;
}

async function endOne(deps: LeaseDeps, seen: OperationRow, now: Date): Promise<"handedBack" | "lost" | null> {
  return transact(deps, async (tx, wake) => {
    const held = await lockOperation(tx, seen);
    if (held === null) return null;
    const { acknowledgedAt, acknowledgeBy, expiresAt } = held.operation;
    const why = { at: deps.clock.now(), actor: systemActor };
    const isPast = (moment: Date | null) => moment !== null && moment <= now;
    if (acknowledgedAt === null) {
      if (!isPast(acknowledgeBy) && !isPast(expiresAt)) return null;
      await handBackOperation(tx, wake, held, { ...why, message: "nobody acknowledged it in time" });
      return "handedBack";
    }
    if (!isPast(expiresAt)) return null;
    const message = "its lease ran out: its provisioner fell silent";
    await loseOperation(tx, wake, held, { ...why, message });
    return "lost";
  });
}

/** Seconds until the next deadline of an operation, or null. */
export async function nextOperationDeadline(deps: LeaseDeps): Promise<number | null> {
  const [row] = await deps.database
    .select({
      due: sql<string | null>`extract(epoch from min(case when ${operations.acknowledgedAt} is null
        then least(${operations.acknowledgeBy}, ${operations.expiresAt}) else ${operations.expiresAt} end))::text`,
    })
    .from(operations)
    .where(eq(operations.state, "leased"));
  if (row === undefined || row.due === null) return null;
  return Math.max(0, Number(row.due) - deps.clock.now().getTime() / 1_000);
}
