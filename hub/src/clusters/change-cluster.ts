import { isDeepStrictEqual } from "node:util";
import type { changeClusterSchema } from "@seatrial/contracts/clusters/cluster.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { eq } from "drizzle-orm";
import type { z } from "zod";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller } from "../auth/caller.ts";
import { clusters } from "../database/schema/clusters.ts";
import { transact } from "../database/transact.ts";
import { projectIdsOf } from "../join-tokens/project-ids.ts";
import { operationsChannel, workChannel } from "../notifications/channels.ts";

/**
 * Sets labels, taints or projects of a cluster: what is named is replaced, the rest stays. It is about what is placed
 * from now on; what runs there goes on. Throws `not_found`, and `invalid_request` for a project that does not exist.
 */
export async function changeCluster(
  deps: HubDeps,
  caller: Caller,
  name: string,
  change: z.infer<typeof changeClusterSchema>,
): Promise<void> {
  await transact(deps, async (tx, wake) => {
    const [cluster] = await tx.select().from(clusters).where(eq(clusters.name, name)).for("update");
    if (cluster === undefined) throw new SeatrialError("not_found", `There is no cluster "${name}".`);
    const { labels, taints, projects } = change;
    const fields = {
      ...(labels === undefined ? {} : { labels }),
      ...(taints === undefined ? {} : { taints }),
      ...(projects === undefined ? {} : { projectIds: await projectIdsOf(tx, projects) }),
    };
    if (Object.keys(fields).length === 0) return;
    const at = deps.clock.now();
    const changedAt = isDeepStrictEqual({ ...cluster, ...fields }, cluster) ? cluster.changedAt : at;
    await tx
      .update(clusters)
      .set({ ...fields, changedAt })
      .where(eq(clusters.id, cluster.id));
    const { actor } = caller;
    await writeAudit(tx, {
      projectId: null,
      at,
      actor,
      action: "cluster.change",
      subject: cluster.id,
      data: { name, ...change },
    });
    // Work that waited may fit now.
    wake(workChannel, operationsChannel);
  });
}
