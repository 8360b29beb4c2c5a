import type { ClaimRequest } from "@seatrial/contracts/agent-protocol/claim.ts";
import { and, eq, isNull } from "drizzle-orm";
import { type ClusterStand, standColumns } from "../clusters/cluster-stand.ts";
import { clusters, members } from "../database/schema/clusters.ts";
import { type Member, revoked } from "../members/require-proof.ts";
import type { ClaimScope } from "./claim-candidates.ts";
import type { LeaseDeps } from "./lease-deps.ts";

/** That the member of a held claim is still there is written again after this. */
const seenAgainMs = 1_000;

/** Of a member's cluster what a claim goes by. */
export type MemberCluster = ClusterStand &
  Pick<ClaimScope, "labels" | "taints" | "projectIds"> & { takesNewWork: boolean };

const clusterColumns = {
  ...standColumns,
  labels: clusters.labels,
  taints: clusters.taints,
  projectIds: clusters.projectIds,
  revokedAt: clusters.revokedAt,
};

/**
 * Notes that a member asked, and what it says of itself; answers what a claim must know of its cluster. `isRepeat`: the
 * claim is held and has been noted, so it is written again only now and then, as a held claim looks many times a second.
 * Throws `member_revoked`.
 */
export async function noteSeen(
  deps: LeaseDeps,
  member: Member,
  request: ClaimRequest,
  isRepeat: boolean,
): Promise<MemberCluster> {
  const now = deps.clock.now();
  const isMember = and(eq(members.id, member.id), isNull(members.revokedAt));
  if (isRepeat) {
    const [seen] = await deps.database
      .select({ lastSeenAt: members.lastSeenAt, cluster: clusterColumns })
      .from(members)
      .innerJoin(clusters, eq(clusters.id, members.clusterId))
      .where(isMember);
    if (seen === undefined) throw revoked(member.clusterName);
    if (now.getTime() - (seen.lastSeenAt?.getTime() ?? 0) < seenAgainMs) return toCluster(seen.cluster);
  }
  const { slots, allocatable, spool } = request;
  const [cluster] = await deps.database
    .update(members)
    .set({ lastSeenAt: now, slots, allocatable, spool })
    .from(clusters)
    .where(and(isMember, eq(clusters.id, members.clusterId)))
    .returning(clusterColumns);
  if (cluster === undefined) throw revoked(member.clusterName);
  return toCluster(cluster);
}

type Row = Pick<typeof clusters.$inferSelect, keyof typeof clusterColumns>;

/** `takesNewWork` is the condition of that name, which the grant itself asks again. */
function toCluster({ revokedAt, projectIds, ...cluster }: Row): MemberCluster {
  const isOpen = revokedAt === null && cluster.cordonedAt === null && cluster.drainingSince === null;
  return { ...cluster, projectIds: projectIds ?? null, takesNewWork: isOpen };
}
