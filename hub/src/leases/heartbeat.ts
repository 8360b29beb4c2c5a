import type { HeartbeatAnswer } from "@seatrial/contracts/agent-protocol/hold.ts";
import { and, asc, eq, gt, inArray, isNull } from "drizzle-orm";
import { members } from "../database/schema/clusters.ts";
import { runs } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import { type Member, revoked } from "../members/require-proof.ts";
import type { LeaseDeps } from "./lease-deps.ts";

type Allocatable = { cpuMillis: number; memoryBytes: number; pods: number } | null;

/**
 * Extends all leases of one instance at once. A cancelled one is not extended: if its agent never finishes it, it
 * expires and the run still ends. What is not (or no longer) this instance's is `disowned`.
 */
export async function heartbeat(
  deps: LeaseDeps,
  member: Member,
  request: { instance: string; leases: readonly string[]; allocatable: Allocatable },
): Promise<HeartbeatAnswer> {
  const now = deps.clock.now();
  const extended = new Date(now.getTime() + deps.settings.leaseTimes.leaseSeconds * 1_000);
  const states = await deps.database.transaction(async (tx) => {
    const seen = await tx
      .update(members)
      .set({ lastSeenAt: now, ...(request.allocatable === null ? {} : { allocatable: request.allocatable }) })
      .where(and(eq(members.id, member.id), isNull(members.revokedAt)))
      .returning({ id: members.id });
    if (seen.length === 0) throw revoked(member.clusterName);
    if (request.leases.length === 0) return new Map<string | null, Held>();
    // Locked by id, so that two heartbeats of one agent cannot wait for each other.
    const live = await tx
      .select({
        id: workItems.id,
        leaseId: workItems.leaseId,
        expiresAt: workItems.expiresAt,
        cancel: runs.cancelRequestedAt,
      })
      .from(workItems)
      .innerJoin(runs, eq(runs.id, workItems.runId))
      .where(
        and(
          inArray(workItems.leaseId, [...request.leases]),
          eq(workItems.memberId, member.id),
          eq(workItems.instance, request.instance),
          eq(workItems.state, "leased"),
          gt(workItems.expiresAt, now),
        ),
      )
      .orderBy(asc(workItems.id))
      .for("update", { of: workItems });
    const held = live.filter(({ cancel }) => cancel === null).map(({ id }) => id);
    if (held.length > 0)
      await tx.update(workItems).set({ expiresAt: extended }).where(inArray(workItems.id, held));
    return new Map(live.map((row): [string | null, Held] => [row.leaseId, heldState(row, extended)]));
  });
  const disowned = { state: "disowned" as const, expiresAt: null };
  const leases = request.leases.map((leaseId) => ({ leaseId, ...(states.get(leaseId) ?? disowned) }));
  return { leases, times: deps.settings.leaseTimes };
}

type Held = { state: "held" | "cancelled"; expiresAt: string | null };

function heldState(row: { expiresAt: Date | null; cancel: Date | null }, extended: Date): Held {
  if (row.cancel === null) return { state: "held", expiresAt: extended.toISOString() };
  return { state: "cancelled", expiresAt: row.expiresAt?.toISOString() ?? null };
}
