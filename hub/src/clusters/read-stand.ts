import { eq } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { clusters } from "../database/schema/clusters.ts";
import { type ClusterStand, standColumns } from "./cluster-stand.ts";

/** What a cluster's owners decided about it. The cluster must exist. */
export async function readStand(queryable: Queryable, clusterId: string): Promise<ClusterStand> {
  const [stand] = await queryable.select(standColumns).from(clusters).where(eq(clusters.id, clusterId));
  if (stand === undefined) throw new Error(`cluster ${clusterId} has no row`);
  return stand;
}
