import type { AdoptAnswer } from "@seatrial/contracts/agent-protocol/hold.ts";
import { and, eq } from "drizzle-orm";
import { workItems } from "../database/schema/work.ts";
import { transact } from "../database/transact.ts";
import type { Member } from "../members/require-proof.ts";
import { agentActor } from "./attempt-context.ts";
import { buildGrants } from "./build-grants.ts";
import { handBack, lockLeasedItem, loseLease } from "./expire-lease.ts";
import type { LeaseDeps } from "./lease-deps.ts";
import { isLive } from "./open-lease.ts";

/**
 * Moves the leases whose pods an agent found after its restart to the new instance. What the old instance had
 * acknowledged and has no pod any more is lost at once; what it never acknowledged is handed back. May be repeated:
 * leases that this instance itself was given are left alone.
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
  const held: string[] = [];
  const cancelled: string[] = [];
  for (const row of seen) {
    if (named.has(row.leaseId)) {
      const state = await moveToInstance(deps, row, request.instance);
      if (state !== "disowned" && row.leaseId !== null)
        (state === "held" ? held : cancelled).push(row.leaseId);
    } else if (row.instance !== request.instance) await endWithoutPod(deps, member, row);
  }
  const kept = new Set([...held, ...cancelled]);
  return {
    held: await buildGrants(deps.database, deps.settings.leaseSecret, held),
    cancelled,
    disowned: request.leases.filter((leaseId) => !kept.has(leaseId)),
    times: deps.settings.leaseTimes,
  };
}

type Seen = { id: string; runId: string; leaseId: string | null };

async function moveToInstance(
  deps: LeaseDeps,
  seen: Seen,
  instance: string,
): Promise<"held" | "cancelled" | "disowned"> {
  return transact(deps, async (tx) => {
    const locked = await lockLeasedItem(tx, seen);
    const now = deps.clock.now();
    if (locked === null || !isLive(locked.item, now)) return "disowned";
    const isCancelled = locked.run.cancelRequestedAt !== null;
    const extended = new Date(now.getTime() + deps.settings.leaseTimes.leaseSeconds * 1_000);
    await tx
      .update(workItems)
      .set({
        instance,
        acknowledgedAt: locked.item.acknowledgedAt ?? now,
        ...(isCancelled ? {} : { expiresAt: extended }),
      })
      .where(eq(workItems.id, seen.id));
    return isCancelled ? "cancelled" : "held";
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
