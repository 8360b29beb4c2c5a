import type { ClusterRoom } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { HeartbeatAnswer } from "@seatrial/contracts/agent-protocol/hold.ts";
import type { Order } from "@seatrial/contracts/agent-protocol/orders.ts";
import { and, asc, eq, inArray, isNull } from "drizzle-orm";
import { type ClusterStand, decidedState, standColumns } from "../clusters/cluster-stand.ts";
import type { Transaction } from "../database/database.ts";
import { clusters, members } from "../database/schema/clusters.ts";
import { runs } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import { type Member, revoked } from "../members/require-proof.ts";
import { beatOperations } from "../operations/heartbeat-operations.ts";
import { isReleased } from "./claim.ts";
import type { LeaseDeps } from "./lease-deps.ts";

/**
 * Extends all leases of one instance at once, also one that has run out and was not taken back yet. A cancelled one is
 * not extended: if its agent never finishes it, it expires and the run still ends. What is not (or no longer) this
 * instance's is disowned.
 */
export async function heartbeat(
  deps: LeaseDeps,
  member: Member,
  request: { instance: string; leases: readonly string[]; allocatable: ClusterRoom | null },
): Promise<HeartbeatAnswer> {
  const now = deps.clock.now();
  const extended = new Date(now.getTime() + deps.settings.leaseTimes.leaseSeconds * 1_000);
  const { states, stand } = await deps.database.transaction(async (tx) => {
    const [stand] = await tx
      .update(members)
      .set({ lastSeenAt: now, ...(request.allocatable === null ? {} : { allocatable: request.allocatable }) })
      .from(clusters)
      .where(and(eq(members.id, member.id), isNull(members.revokedAt), eq(clusters.id, members.clusterId)))
      .returning(standColumns);
    if (stand === undefined) throw revoked(member.clusterName);
    const { instance, leases } = request;
    if (leases.length === 0) return { stand, states: new Map<string | null, Held>() };
    const beat = { memberId: member.id, instance, leases, at: now, extended, stand };
    const beatAll = member.role === "agent" ? beatShards : beatOperations;
    return { stand, states: await beatAll(tx as Transaction, beat) };
  });
  return {
    leases: request.leases.flatMap((leaseId) => {
      const held = states.get(leaseId);
      return held === undefined ? [] : [{ leaseId, expiresAt: held.expiresAt }];
    }),
    orders: request.leases.flatMap((leaseId): Order[] => {
      const held = states.get(leaseId);
      if (held === undefined) return [{ leaseId, order: "disown" }];
      return held.order === null ? [] : [{ leaseId, order: held.order }];
    }),
    clusterState: decidedState(stand),
    times: deps.settings.leaseTimes,
  };
}

async function beatShards(tx: Transaction, beat: Beat): Promise<Map<string | null, Held>> {
  // Locked by id, so that two heartbeats of one agent cannot wait for each other.
  const live = await tx
    .select({
      id: workItems.id,
      leaseId: workItems.leaseId,
      expiresAt: workItems.expiresAt,
      cancelToldAt: workItems.cancelToldAt,
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
      ),
    )
    .orderBy(asc(workItems.id))
    .for("update", { of: workItems });
  const held = live.filter(({ cancel }) => cancel === null).map(({ id }) => id);
  if (held.length > 0)
    await tx.update(workItems).set({ expiresAt: beat.extended }).where(inArray(workItems.id, held));
  // Noted once, as a claim's answer is: what the next claim does not name any more was stopped because of it.
  const told = live.filter((row) => row.cancelToldAt === null && heldState(row, beat).order === "release");
  if (told.length > 0)
    await tx
      .update(workItems)
      .set({ cancelToldAt: beat.at })
      .where(
        inArray(
          workItems.id,
          told.map(({ id }) => id),
        ),
      );
  return new Map(live.map((row): [string | null, Held] => [row.leaseId, heldState(row, beat)]));
}

/** One heartbeat: whose, for which leases, and until when they are extended. */
export type Beat = {
  memberId: string;
  instance: string;
  leases: readonly string[];
  at: Date;
  extended: Date;
  stand: ClusterStand;
};
/** What becomes of a lease that is still the instance's; `order` null: its work goes on. */
export type Held = { order: "cancel" | "release" | null; expiresAt: string | null };

function heldState(
  row: { expiresAt: Date | null; cancelToldAt: Date | null; cancel: Date | null },
  { extended, stand, at }: Beat,
): Held {
  if (row.cancel !== null) return { order: "cancel", expiresAt: row.expiresAt?.toISOString() ?? null };
  const order = isReleased(row, stand, at) ? ("release" as const) : null;
  return { order, expiresAt: extended.toISOString() };
}
