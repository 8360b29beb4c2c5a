import type { HeartbeatAnswer } from "@seatrial/contracts/agent-protocol/hold.ts";
import { and, asc, eq, gt, inArray, isNull } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { members } from "../database/schema/clusters.ts";
import { runs } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import { type Member, revoked } from "../members/require-proof.ts";
import { beatOperations } from "../operations/heartbeat-operations.ts";
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
    const { instance, leases } = request;
    const beat = { memberId: member.id, instance, leases, at: now, extended };
    return member.role === "agent"
      ? beatShards(tx as Transaction, beat)
      : beatOperations(tx as Transaction, beat);
  });
  const disowned = { state: "disowned" as const, expiresAt: null };
  const leases = request.leases.map((leaseId) => ({ leaseId, ...(states.get(leaseId) ?? disowned) }));
  return { leases, times: deps.settings.leaseTimes };
}

async function beatShards(tx: Transaction, beat: Beat): Promise<Map<string | null, Held>> {
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
        inArray(workItems.leaseId, [...beat.leases]),
        eq(workItems.memberId, beat.memberId),
        eq(workItems.instance, beat.instance),
        eq(workItems.state, "leased"),
        gt(workItems.expiresAt, beat.at),
      ),
    )
    .orderBy(asc(workItems.id))
    .for("update", { of: workItems });
  const held = live.filter(({ cancel }) => cancel === null).map(({ id }) => id);
  if (held.length > 0)
    await tx.update(workItems).set({ expiresAt: beat.extended }).where(inArray(workItems.id, held));
  return new Map(live.map((row): [string | null, Held] => [row.leaseId, heldState(row, beat.extended)]));
}

/** One heartbeat: whose, for which leases, and until when they are extended. */
export type Beat = {
  memberId: string;
  instance: string;
  leases: readonly string[];
  at: Date;
  extended: Date;
};
/** What becomes of a lease that is still the instance's. */
export type Held = { state: "held" | "cancelled"; expiresAt: string | null };

function heldState(row: { expiresAt: Date | null; cancel: Date | null }, extended: Date): Held {
  if (row.cancel === null) return { state: "held", expiresAt: extended.toISOString() };
  return { state: "cancelled", expiresAt: row.expiresAt?.toISOString() ?? null };
}
