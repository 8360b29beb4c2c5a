import { isDeepStrictEqual } from "node:util";
import type { createdJoinTokenSchema, createJoinTokenSchema } from "@seatrial/contracts/clusters/cluster.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import { eq } from "drizzle-orm";
import type { z } from "zod";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller } from "../auth/caller.ts";
import { hashSecret, newSecret } from "../auth/secrets.ts";
import type { Transaction } from "../database/database.ts";
import { clusters, joinTokens } from "../database/schema/clusters.ts";
import { transact } from "../database/transact.ts";
import { projectIdsOf } from "./project-ids.ts";

type Input = z.infer<typeof createJoinTokenSchema>;

/**
 * Makes a one-use token by which one process of this role joins this cluster; the cluster's row is made with the
 * first. A token for a revoked cluster lets it join anew (its old members stay revoked). Throws `invalid_request`
 * for a project that does not exist.
 */
export async function createJoinToken(
  deps: HubDeps,
  caller: Caller,
  input: Input,
): Promise<z.infer<typeof createdJoinTokenSchema>> {
  const at = deps.clock.now();
  const expiresAt = new Date(at.getTime() + input.expiresInSeconds * 1_000);
  const secret = newSecret("sj");
  const id = newId("joinToken");
  await transact(deps, async (tx) => {
    const clusterId = await storeCluster(tx, input, await projectIdsOf(tx, input.projects), at);
    const { role } = input;
    await tx
      .insert(joinTokens)
      .values({ id, secretSha256: hashSecret(secret), clusterId, role, createdAt: at, expiresAt });
    const data = {
      cluster: input.cluster,
      role,
      projects: input.projects,
      labels: input.labels,
      taints: input.taints,
    };
    const { actor } = caller;
    await writeAudit(tx, { projectId: null, at, actor, action: "join-token.create", subject: id, data });
  });
  return { id, cluster: input.cluster, role: input.role, secret, expiresAt: expiresAt.toISOString() };
}

/** Labels and scope of a known cluster change only where the new token names some: never widened by leaving out. */
async function storeCluster(
  tx: Transaction,
  input: Input,
  projectIds: string[] | null,
  at: Date,
): Promise<string> {
  const [known] = await tx.select().from(clusters).where(eq(clusters.name, input.cluster)).for("update");
  if (known === undefined) {
    const row = {
      id: newId("cluster"),
      name: input.cluster,
      labels: input.labels,
      taints: input.taints,
      projectIds,
      createdAt: at,
    };
    await tx.insert(clusters).values(row);
    return row.id;
  }
  const labels = Object.keys(input.labels).length > 0 ? input.labels : known.labels;
  const fields = { labels, projectIds: projectIds ?? known.projectIds ?? null };
  const changedAt = isDeepStrictEqual({ ...known, ...fields }, known) ? known.changedAt : at;
  await tx
    .update(clusters)
    .set({ ...fields, changedAt, revokedAt: null })
    .where(eq(clusters.id, known.id));
  return known.id;
}
