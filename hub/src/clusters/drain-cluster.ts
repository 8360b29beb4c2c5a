import type { drainClusterSchema } from "@seatrial/contracts/clusters/cluster.ts";
import { eq } from "drizzle-orm";
import type { z } from "zod";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller } from "../auth/caller.ts";
import { clusters } from "../database/schema/clusters.ts";
import { transact } from "../database/transact.ts";
import { lockEnvironment } from "../environments/lock-environment.ts";
import { wishGone } from "../environments/wish-gone.ts";
import { clusterChannel } from "../notifications/channels.ts";
import { environmentsLeft } from "./left-in-cluster.ts";
import { lockCluster } from "./lock-cluster.ts";

/**
 * Empties a cluster: nothing new is placed there, and what still runs when the time is over goes to other clusters. Its
 * deadline is never put off by a repeat, only brought forward. Environments stay until their runs end or somebody
 * deletes them, or go at once when asked. Throws `not_found`, `conflict` for a revoked one.
 */
export async function drainCluster(
  deps: HubDeps,
  caller: Caller,
  name: string,
  request: z.infer<typeof drainClusterSchema>,
): Promise<void> {
  const at = deps.clock.now();
  const clusterId = await transact(deps, async (tx, wake) => {
    const cluster = await lockCluster(tx, name);
    const asked = new Date(at.getTime() + request.withinSeconds * 1_000);
    const { drainUntil: known, cordonReason } = cluster;
    const drainUntil = known !== null && known < asked ? known : asked;
    const reason = request.reason ?? cordonReason;
    if (known !== null && drainUntil === known && reason === cordonReason) return cluster.id;
    await tx
      .update(clusters)
      .set({
        cordonedAt: cluster.cordonedAt ?? at,
        drainingSince: cluster.drainingSince ?? at,
        drainUntil,
        cordonReason: reason,
      })
      .where(eq(clusters.id, cluster.id));
    const data = { name, until: drainUntil.toISOString(), reason };
    const { actor } = caller;
    await writeAudit(tx, {
      ...{ projectId: null, at, actor, action: "cluster.drain", subject: cluster.id, data },
    });
    wake(clusterChannel(cluster.id));
    return cluster.id;
  });
  if (request.deleteEnvironments) await deleteEnvironments(deps, caller, name, clusterId);
}

/** One transaction each: an environment's lock comes before anything else of it. */
async function deleteEnvironments(
  deps: HubDeps,
  caller: Caller,
  name: string,
  clusterId: string,
): Promise<void> {
  const left = await environmentsLeft(deps.database, clusterId);
  for (const { id } of left.filter(({ ownedByRun }) => ownedByRun === null))
    await transact(deps, async (tx, wake) => {
      const environment = await lockEnvironment(tx, id);
      if (environment.wanted === "gone") return;
      const origin = { at: deps.clock.now(), actor: caller.actor };
      const data = { wanted: "gone", why: `its cluster ${name} is drained` };
      await wishGone(tx, wake, environment, { ...origin, event: { type: "environment.wished", data } });
      const { projectId } = environment;
      await writeAudit(tx, { ...origin, projectId, action: "environment.delete", subject: id });
    });
}
