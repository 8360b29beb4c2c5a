import type { ClaimRequest } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { PlacementReason } from "@seatrial/contracts/placement/placement.ts";
import { and, eq, inArray, notInArray } from "drizzle-orm";
import type { Queryable, Transaction } from "../database/database.ts";
import { clusters } from "../database/schema/clusters.ts";
import { shards } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import { transact, type Wake } from "../database/transact.ts";
import { appendEvents } from "../events/append-events.ts";
import type { Member } from "../members/require-proof.ts";
import { runChannel, workChannel } from "../notifications/channels.ts";
import type { Room } from "../placement/placement-facts.ts";
import { boundless } from "../placement/read-clusters.ts";
import { whyHere } from "../placement/why-here.ts";
import { agentActor, attemptFacts, type Run, readAttempt, type WorkItem } from "./attempt-context.ts";
import { type ClaimScope, claimableProjects, lockQuotas } from "./claim-candidates.ts";
import type { LeaseDeps } from "./lease-deps.ts";
import { largestGrant, lookAhead } from "./look-ahead.ts";
import { moveAttempt } from "./move-attempt.ts";
import { lockQueuedItems, takeItem, takesNewWork } from "./take-items.ts";

/**
 * Grants queued work to an agent: by labels, taints, allowed projects, reach, spread and room, within each project's
 * quota, fairly between projects. Answers the new lease ids. Nothing is granted twice and no quota is exceeded, whatever
 * overlaps; a cordoned cluster is granted nothing.
 */
export async function grantLeases(
  deps: LeaseDeps,
  member: Member,
  request: ClaimRequest,
  slots: number,
): Promise<string[]> {
  const scope = await readScope(deps.database, member, request);
  if (scope === null || slots < 1) return [];
  // Looked at without a lock first: an idle agent costs no transaction.
  const projectIds = await claimableProjects(deps.database, scope);
  if (projectIds.length === 0) return [];
  return transact(deps, async (tx, wake) => {
    await lockQuotas(tx, projectIds);
    const room = await roomOf(tx, member, request, Math.min(slots, largestGrant));
    const { choice, loads } = await lookAhead(tx, deps, scope, projectIds, room);
    const { chosen } = choice;
    const leases: string[] = [];
    for (const { item, run } of chosen.length === 0 ? [] : await lockQueuedItems(tx, chosen)) {
      const taker = {
        memberId: member.id,
        clusterId: member.clusterId,
        instance: request.instance,
        at: deps.clock.now(),
      };
      const leaseId = await takeItem(tx, item, taker, deps.settings.leaseTimes);
      if (leaseId === null) break;
      const running = loads.get(item.projectId)?.running ?? 0;
      const circumstances = { room, running, projects: projectIds.length };
      const cluster = { ...scope, name: member.clusterName };
      const placement = whyHere({ ...item, spread: item.spread ?? null }, cluster, circumstances);
      await noteGrant(tx, wake, member, run, item, taker.at, placement);
      leases.push(leaseId);
    }
    return leases;
  });
}

/** Null: nothing new may be placed there. */
async function readScope(
  queryable: Queryable,
  member: Member,
  request: ClaimRequest,
): Promise<ClaimScope | null> {
  const { labels, taints, projectIds } = clusters;
  const [cluster] = await queryable
    .select({ labels, taints, projectIds })
    .from(clusters)
    .where(and(eq(clusters.id, member.clusterId), takesNewWork));
  if (cluster === undefined) return null;
  return {
    ...cluster,
    projectIds: cluster.projectIds ?? null,
    clusterId: member.clusterId,
    kinds: request.kinds,
  };
}

/** What the agent says is free, less what it was granted and does not know of yet. */
async function roomOf(tx: Transaction, member: Member, request: ClaimRequest, slots: number): Promise<Room> {
  const { allocatable, running } = request;
  if (allocatable === null) return { slots, ...boundless, pods: slots };
  const isUnknown = running.length === 0 ? undefined : notInArray(workItems.leaseId, running);
  const unknown = await tx
    .select({ cpuMillis: workItems.cpuMillis, memoryBytes: workItems.memoryBytes })
    .from(workItems)
    .where(and(eq(workItems.memberId, member.id), eq(workItems.state, "leased"), isUnknown));
  return {
    slots,
    cpuMillis: allocatable.cpuMillis - unknown.reduce((sum, item) => sum + item.cpuMillis, 0),
    memoryBytes: allocatable.memoryBytes - unknown.reduce((sum, item) => sum + Number(item.memoryBytes), 0),
    pods: allocatable.pods - unknown.length,
  };
}

async function noteGrant(
  tx: Transaction,
  wake: Wake,
  member: Member,
  run: Run,
  item: WorkItem,
  at: Date,
  placement: PlacementReason[],
): Promise<void> {
  const context = await readAttempt(tx, item.attemptId);
  await moveAttempt(tx, context.attempt, "leased", { clusterId: member.clusterId, leasedAt: at, placement });
  await tx
    .update(shards)
    .set({ state: "running", reason: null })
    .where(and(eq(shards.id, context.shard.id), inArray(shards.state, ["queued", "running"])));
  const data = { ...attemptFacts(context), cluster: member.clusterName, placement };
  const about = { runId: run.id, projectId: run.projectId, at, actor: agentActor(member) };
  await appendEvents(tx, about, [{ type: "attempt.leased", data }]);
  wake(runChannel(run.id));
  // A value that has its minimum now lets the others go on.
  if (item.spread && item.spread.min > 0) wake(workChannel);
}
