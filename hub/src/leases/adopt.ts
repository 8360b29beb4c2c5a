import type { AdoptAnswer } from "@seatrial/contracts/agent-protocol/hold.ts";
import type { Order } from "@seatrial/contracts/agent-protocol/orders.ts";
import { and, eq } from "drizzle-orm";
import { type ClusterStand, decidedState } from "../clusters/cluster-stand.ts";
import { readStand } from "../clusters/read-stand.ts";
import { workItems } from "../database/schema/work.ts";
import { transact } from "../database/transact.ts";
import type { Member } from "../members/require-proof.ts";
import { agentActor } from "./attempt-context.ts";
import { buildGrants } from "./build-grants.ts";
import { isReleased } from "./claim.ts";
import { handBack, lockLeasedItem, loseLease } from "./expire-lease.ts";
import type { LeaseDeps } from "./lease-deps.ts";

/**
 * Moves the leases whose pods an agent found after its restart to the new instance. What the old instance had
 * acknowledged and has no pod any more is lost at once; what it never acknowledged is handed back. May be repeated:
 * leases that this instance itself was given are left alone. What is to be released is moved too, so that the next
 * claim, which does not name it, tells that it is stopped.
 */
export async function adoptLeases(
  deps: LeaseDeps,
  member: Member,
  request: { instance: string; leases: readonly string[] },
): Promise<AdoptAnswer> {
  const named = new Set<string | null>(request.leases);
  const seen = await deps.database
    .select({
      id: workItems.id,
      runId: workItems.runId,
      leaseId: workItems.leaseId,
      instance: workItems.instance,
    })
    .from(workItems)
    .where(and(eq(workItems.memberId, member.id), eq(workItems.state, "leased")))
    .orderBy(workItems.id);
  const stand = await readStand(deps.database, member.clusterId);
  const held: string[] = [];
  const orders: Order[] = [];
  for (const row of seen) {
    if (row.leaseId !== null && named.has(row.leaseId)) {
      const state = await moveToInstance(deps, row, request.instance, stand);
      if (state === "held") held.push(row.leaseId);
      else if (state !== "disown") orders.push({ leaseId: row.leaseId, order: state });
    } else if (row.instance !== request.instance) await endWithoutPod(deps, member, row);
  }
  const kept = new Set([...held, ...orders.map(({ leaseId }) => leaseId)]);
  const others = request.leases.filter((leaseId) => !kept.has(leaseId));
  return {
    held: await buildGrants(deps.database, deps.settings.leaseSecret, held),
    orders: [...orders, ...others.map((leaseId): Order => ({ leaseId, order: "disown" }))],
    clusterState: decidedState(stand),
    times: deps.settings.leaseTimes,
  };
}

type Seen = { id: string; runId: string; leaseId: string | null };

async function moveToInstance(
  deps: LeaseDeps,
  seen: Seen,
  instance: string,
  stand: ClusterStand,
): Promise<"held" | Order["order"]> {
  return transact(deps, async (tx) => {
    const locked = await lockLeasedItem(tx, seen);
    const now = deps.clock.now();
    if (locked === null) return "disown";
    const isCancelled = locked.run.cancelRequestedAt !== null;
    const isToRelease = !isCancelled && isReleased(locked.item, stand, now);
    const extended = new Date(now.getTime() + deps.settings.leaseTimes.leaseSeconds * 1_000);
    await tx
      .update(workItems)
      .set({
        instance,
        acknowledgedAt: locked.item.acknowledgedAt ?? now,
        ...(isCancelled ? {} : { expiresAt: extended }),
        ...(isToRelease ? { cancelToldAt: now } : {}),
      })
      .where(eq(workItems.id, seen.id));
    if (isCancelled) return "cancel";
    return isToRelease ? "release" : "held";
  });
}

async function endWithoutPod(deps: LeaseDeps, member: Member, seen: Seen): Promise<void> {
  await transact(deps, async (tx, wake) => {
    const locked = await lockLeasedItem(tx, seen);
    if (locked === null) return;
    const message = "the agent started again and found no pod of this attempt";
    const why = { message, at: deps.clock.now(), actor: agentActor(member) };
    const end = locked.item.acknowledgedAt === null ? handBack : loseLease;
    await end(tx, wake, locked, why);
  });
}
