import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { and, eq, isNull } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller } from "../auth/caller.ts";
import { clusters, joinTokens, members } from "../database/schema/clusters.ts";
import { transact } from "../database/transact.ts";
import { clusterChannel } from "../notifications/channels.ts";

/**
 * Cuts a cluster off: its processes' next request is refused, its unused join tokens are dead, and what it ran is
 * lost when its leases end. Repeating it changes nothing. Throws `not_found`.
 */
export async function revokeCluster(deps: HubDeps, caller: Caller, name: string): Promise<void> {
  const at = deps.clock.now();
  await transact(deps, async (tx, wake) => {
    const [cluster] = await tx.select().from(clusters).where(eq(clusters.name, name)).for("update");
    if (cluster === undefined) throw new SeatrialError("not_found", `There is no cluster "${name}".`);
    if (cluster.revokedAt !== null) return;
    await tx.update(clusters).set({ revokedAt: at }).where(eq(clusters.id, cluster.id));
    await tx
      .update(members)
      .set({ revokedAt: at })
      .where(and(eq(members.clusterId, cluster.id), isNull(members.revokedAt)));
    await tx
      .update(joinTokens)
      .set({ expiresAt: at })
      .where(and(eq(joinTokens.clusterId, cluster.id), isNull(joinTokens.usedAt)));
    const { actor } = caller;
    await writeAudit(tx, {
      projectId: null,
      at,
      actor,
      action: "cluster.revoke",
      subject: cluster.id,
      data: { name },
    });
    wake(clusterChannel(cluster.id));
  });
}
