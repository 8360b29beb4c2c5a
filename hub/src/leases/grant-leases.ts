import type { ClaimRequest } from "@seatrial/contracts/agent-protocol/claim.ts";
import { and, eq, inArray, notInArray, or } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { workItems } from "../database/schema/work.ts";
import { transact } from "../database/transact.ts";
import type { Member } from "../members/require-proof.ts";
import type { Room } from "../placement/placement-facts.ts";
import { readBindings } from "../placement/read-bindings.ts";
import { boundless } from "../placement/read-clusters.ts";
import { whyHere } from "../placement/why-here.ts";
import { claimableProjects, lockFreeQuotas, lockQuotas } from "./claim-candidates.ts";
import type { LeaseDeps } from "./lease-deps.ts";
import { largestGrant, lookAhead } from "./look-ahead.ts";
import { type Granted, noteGrants } from "./note-grants.ts";
import type { MemberCluster } from "./note-seen.ts";
import { lockQueuedItems, takeItems } from "./take-items.ts";

/** New lease ids; `isContended`: other claims had projects locked, of which a look soon after may find work. */
export type GrantedLeases = { leases: string[]; isContended: boolean };

const nothing: GrantedLeases = { leases: [], isContended: false };

/**
 * Grants queued work to an agent: by labels, taints, allowed projects, reach, spread and room, within each project's
 * quota, fairly between projects. Nothing is granted twice and no quota is exceeded, whatever overlaps; a cordoned
 * cluster is granted nothing. A claim that is held leaves projects out that other claims have locked at this moment.
 */
export async function grantLeases(
  deps: LeaseDeps,
  member: Member,
  request: ClaimRequest,
  cluster: MemberCluster,
  slots: number,
): Promise<GrantedLeases> {
  if (slots < 1 || !cluster.takesNewWork) return nothing;
  const { labels, taints, projectIds: allowed } = cluster;
  const { clusterId } = member;
  const scope = { labels, taints, projectIds: allowed, clusterId, kinds: request.kinds };
  // Looked at without a lock first: an idle agent costs no transaction.
  const claimable = await claimableProjects(deps.database, scope);
  if (claimable.length === 0) return nothing;
  return transact(deps, async (tx, wake) => {
    const projectIds = await lockSome(tx, claimable, request);
    const isContended = projectIds.length < claimable.length;
    if (projectIds.length === 0) return { leases: [], isContended };
    const room = await roomOf(tx, member, request, Math.min(slots, largestGrant));
    const { choice, loads } = await lookAhead(tx, deps, scope, projectIds, room);
    const { chosen } = choice;
    const at = deps.clock.now();
    const taker = { memberId: member.id, clusterId, instance: request.instance, at };
    const open = chosen.length === 0 ? [] : await lockQueuedItems(tx, chosen);
    const items = open.map(({ item }) => item);
    const leases = await takeItems(tx, items, taker, deps.settings.leaseTimes);
    const bindings = await readBindings(tx, items);
    const granted = open
      .filter(({ item }) => leases.has(item.id))
      .map(({ item, run }): Granted => {
        const running = loads.get(item.projectId)?.running ?? 0;
        // All that is free, also where one answer gives less.
        const circumstances = { room: { ...room, slots }, running, projects: projectIds.length };
        const here = { ...scope, name: member.clusterName };
        const binding = bindings.get(item.suiteId) ?? null;
        const placement = whyHere({ ...item, binding, spread: item.spread ?? null }, here, circumstances);
        return { item, run, placement };
      });
    await noteGrants(tx, wake, member, granted, at);
    return { leases: granted.flatMap(({ item }) => leases.get(item.id) ?? []), isContended };
  });
}

/** Whoever has no time to look again waits for what others have locked. */
async function lockSome(
  tx: Transaction,
  projectIds: string[],
  { waitSeconds }: ClaimRequest,
): Promise<string[]> {
  if (waitSeconds > 0) return lockFreeQuotas(tx, projectIds);
  await lockQuotas(tx, projectIds);
  return projectIds;
}

/**
 * What the agent says is free, less what it was granted and does not know of yet, and more by what it names and has
 * ended: an agent counts all that it names as taken, also when its pod is over, so an end needs no new claim.
 */
async function roomOf(tx: Transaction, member: Member, request: ClaimRequest, slots: number): Promise<Room> {
  const { allocatable, running } = request;
  if (allocatable === null) return { slots, ...boundless, pods: slots };
  const isUnknown = and(
    eq(workItems.state, "leased"),
    running.length === 0 ? undefined : notInArray(workItems.leaseId, running),
  );
  const hasEnded = and(eq(workItems.state, "done"), inArray(workItems.leaseId, running));
  const changed = await tx
    .select({ state: workItems.state, cpuMillis: workItems.cpuMillis, memoryBytes: workItems.memoryBytes })
    .from(workItems)
    .where(
      and(eq(workItems.memberId, member.id), running.length === 0 ? isUnknown : or(isUnknown, hasEnded)),
    );
  const sumOf = (part: (item: (typeof changed)[number]) => number) =>
    changed.reduce((sum, item) => sum + (item.state === "done" ? part(item) : -part(item)), 0);
  return {
    slots,
    cpuMillis: allocatable.cpuMillis + sumOf(({ cpuMillis }) => cpuMillis),
    memoryBytes: allocatable.memoryBytes + sumOf(({ memoryBytes }) => Number(memoryBytes)),
    pods: allocatable.pods + sumOf(() => 1),
  };
}
