import { eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller } from "../auth/caller.ts";
import { clusters } from "../database/schema/clusters.ts";
import { transact } from "../database/transact.ts";
import { clusterChannel, operationsChannel, workChannel } from "../notifications/channels.ts";
import { lockCluster } from "./lock-cluster.ts";

/**
 * Takes a cluster out of service: nothing new is placed there, what runs goes on. Repeating it changes nothing but a
 * reason that is given. Throws `not_found`, `conflict` for a revoked one.
 */
export async function cordonCluster(
  deps: HubDeps,
  caller: Caller,
  name: string,
  reason: string | null,
): Promise<void> {
  await transact(deps, async (tx, wake) => {
    const cluster = await lockCluster(tx, name);
    const isSame = reason === null || reason === cluster.cordonReason;
    if (cluster.cordonedAt !== null && isSame) return;
    const at = deps.clock.now();
    const fields = { cordonedAt: cluster.cordonedAt ?? at, cordonReason: reason };
    await tx.update(clusters).set(fields).where(eq(clusters.id, cluster.id));
    const data = { name, reason };
    const { actor } = caller;
    await writeAudit(tx, {
      ...{ projectId: null, at, actor, action: "cluster.cordon", subject: cluster.id, data },
    });
    wake(clusterChannel(cluster.id));
  });
}

/**
 * Takes a cluster into service again and ends its drain. What its agent was told to release meanwhile still goes
 * elsewhere. Repeating it changes nothing. Throws `not_found`, `conflict` for a revoked one.
 */
export async function uncordonCluster(deps: HubDeps, caller: Caller, name: string): Promise<void> {
  await transact(deps, async (tx, wake) => {
    const cluster = await lockCluster(tx, name);
    if (cluster.cordonedAt === null) return;
    const fields = { cordonedAt: null, cordonReason: null, drainingSince: null, drainUntil: null };
    await tx.update(clusters).set(fields).where(eq(clusters.id, cluster.id));
    const at = deps.clock.now();
    const { actor } = caller;
    await writeAudit(tx, {
      ...{ projectId: null, at, actor, action: "cluster.uncordon", subject: cluster.id, data: { name } },
    });
    wake(clusterChannel(cluster.id), workChannel, operationsChannel);
  });
}
