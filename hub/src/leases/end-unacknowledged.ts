import { transact } from "../database/transact.ts";
import type { Member } from "../members/require-proof.ts";
import { agentActor } from "./attempt-context.ts";
import { handBack, lockLeasedItem } from "./expire-lease.ts";
import type { LeaseDeps } from "./lease-deps.ts";

/**
 * Ends leases of cancelled runs that their agent does not have: its acknowledgement was or would be refused, so no pod
 * exists and nothing is left to wait for. One that was received meanwhile is left alone. A transaction each.
 */
export async function endUnacknowledged(
  deps: LeaseDeps,
  member: Member,
  items: readonly { id: string; runId: string; leaseId: string | null }[],
): Promise<void> {
  const message = "its run was cancelled before the agent took it over";
  for (const seen of items)
    await transact(deps, async (tx, wake) => {
      const held = await lockLeasedItem(tx, seen);
      if (held === null || held.item.acknowledgedAt !== null) return;
      await handBack(tx, wake, held, { message, at: deps.clock.now(), actor: agentActor(member) });
    });
}
