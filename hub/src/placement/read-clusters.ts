import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { clusters, members } from "../database/schema/clusters.ts";
import { workItems } from "../database/schema/work.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import type { ClusterFacts, Room } from "./placement-facts.ts";
import { readSilence, seenAt } from "./read-silence.ts";

type ClusterRow = typeof clusters.$inferSelect;
type AgentRow = Pick<
  typeof members.$inferSelect,
  "id" | "clusterId" | "slots" | "allocatable" | "lastSeenAt" | "joinedAt"
>;
/** What an agent holds, and the part of it that its last word on free room cannot know of. */
type Held = { leases: number; unknown: number; cpuMillis: number; memoryBytes: number };
const nothing: Held = { leases: 0, unknown: 0, cpuMillis: 0, memoryBytes: 0 };

/**
 * All clusters by name, as placement looks at them: four short statements, however long the queue. Index of what is held:
 * `work_items_deadline` (state, …).
 */
export async function readClusters(
  queryable: Queryable,
  deps: Pick<LeaseDeps, "clock" | "settings">,
): Promise<ClusterFacts[]> {
  const rows = await queryable.select().from(clusters).orderBy(asc(clusters.name));
  const agents = await queryable
    .select()
    .from(members)
    .where(and(eq(members.role, "agent"), isNull(members.revokedAt)));
  const held = await readHeld(queryable);
  const isSilent = await readSilence(queryable, deps);
  return rows.map((row) => {
    const agent = agents
      .filter(({ clusterId }) => clusterId === row.id)
      .toSorted((left, right) => seenAt(right) - seenAt(left))[0];
    const isAway = agent !== undefined && isSilent(agent);
    return factsOf(row, agent, held.get(agent?.id ?? "") ?? nothing, isAway);
  });
}

function factsOf(row: ClusterRow, agent: AgentRow | undefined, held: Held, isSilent: boolean): ClusterFacts {
  const { id, name, labels, taints, projectIds } = row;
  return {
    ...{ id, name, labels, taints, projectIds: projectIds ?? null },
    isRevoked: row.revokedAt !== null,
    isCordoned: row.cordonedAt !== null,
    isDraining: row.drainingSince !== null,
    agent: agent === undefined ? null : { isSilent, slots: agent.slots, held: held.leases },
    room: roomOf(agent, held),
    largestNode: agent?.allocatable?.largestNode ?? null,
  };
}

function roomOf(agent: AgentRow | undefined, held: Held): Room {
  const slots = Math.max(0, (agent?.slots ?? 0) - held.leases);
  const allocatable = agent?.allocatable ?? null;
  if (allocatable === null) return { slots, ...boundless, pods: slots };
  return {
    slots,
    cpuMillis: allocatable.cpuMillis - held.cpuMillis,
    memoryBytes: allocatable.memoryBytes - held.memoryBytes,
    pods: allocatable.pods - held.unknown,
  };
}

/** Of an agent that does not say what is free. */
export const boundless = { cpuMillis: Number.MAX_SAFE_INTEGER, memoryBytes: Number.MAX_SAFE_INTEGER };

async function readHeld(queryable: Queryable): Promise<Map<string | null, Held>> {
  const isUnknown = sql`(${workItems.acknowledgedAt} is null or ${workItems.acknowledgedAt} > ${members.lastSeenAt})`;
  const rows = await queryable
    .select({
      memberId: workItems.memberId,
      leases: sql<number>`count(*)::int`,
      unknown: sql<number>`(count(*) filter (where ${isUnknown}))::int`,
      cpuMillis: sql<string>`coalesce(sum(${workItems.cpuMillis}) filter (where ${isUnknown}), 0)::text`,
      memoryBytes: sql<string>`coalesce(sum(${workItems.memoryBytes}::bigint) filter (where ${isUnknown}), 0)::text`,
    })
    .from(workItems)
    .innerJoin(members, eq(members.id, workItems.memberId))
    .where(eq(workItems.state, "leased"))
    .groupBy(workItems.memberId);
  return new Map(
    rows.map(({ memberId, leases, unknown, cpuMillis, memoryBytes }) => [
      memberId,
      { leases, unknown, cpuMillis: Number(cpuMillis), memoryBytes: Number(memoryBytes) },
    ]),
  );
}
