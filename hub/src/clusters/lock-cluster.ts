import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { clusters } from "../database/schema/clusters.ts";

export type ClusterRow = typeof clusters.$inferSelect;

/** A cluster by name, locked. Throws `not_found`, and `conflict` for one that was revoked: nothing brings it back. */
export async function lockCluster(tx: Transaction, name: string): Promise<ClusterRow> {
  const [cluster] = await tx.select().from(clusters).where(eq(clusters.name, name)).for("update");
  if (cluster === undefined) throw new SeatrialError("not_found", `There is no cluster "${name}".`);
  if (cluster.revokedAt !== null)
    throw new SeatrialError(
      "conflict",
      `Cluster "${name}" was revoked at ${cluster.revokedAt.toISOString()}: it takes no work any more.`,
    );
  return cluster;
}
