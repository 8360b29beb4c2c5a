import type { ClaimRequest } from "@seatrial/contracts/agent-protocol/claim.ts";
import { and, eq, inArray, isNull, notInArray } from "drizzle-orm";
import type { Queryable, Transaction } from "../database/database.ts";
import { clusters } from "../database/schema/clusters.ts";
import { shards } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import { transact, type Wake } from "../database/transact.ts";
import { appendEvents } from "../events/append-events.ts";
import type { Member } from "../members/require-proof.ts";
import { runChannel } from "../notifications/channels.ts";
import { agentActor, attemptFacts, type Run, readAttempt, type WorkItem } from "./attempt-context.ts";
import { chooseFairly, type Room } from "./choose-fairly.ts";
import {
  type ClaimScope,
  findCandidates,
  lockQuotas,
  projectLoads,
  projectsWithWork,
} from "./claim-candidates.ts";
import type { LeaseDeps } from "./lease-deps.ts";
import { moveAttempt } from "./move-attempt.ts";
import { lockQueuedItems, takeItem } from "./take-items.ts";

/** At most this many leases in one answer: a grant is one transaction and must stay short. */
const largestGrant = 50;

/**
 * Grants queued work to an agent: by labels, allowed projects and room, within each project's quota, fairly between
 * projects. Answers the new lease ids. Nothing is granted twice and no quota is exceeded, whatever overlaps.
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
  const projectIds = await projectsWithWork(deps.database, scope);
  if (projectIds.length === 0) return [];
  return transact(deps, async (tx, wake) => {
    await lockQuotas(tx, projectIds);
    const loads = await projectLoads(tx, projectIds);
    const limit = Math.min(slots, largestGrant);
    const room = await roomOf(tx, member, request, limit);
    const candidates = await findCandidates(tx, scope, projectIds, room, limit * 4);
    const chosen = chooseFairly(candidates, loads, room);
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
      await noteGrant(tx, wake, member, run, item, taker.at);
      leases.push(leaseId);
    }
    return leases;
  });
}

async function readScope(
  queryable: Queryable,
  member: Member,
  request: ClaimRequest,
): Promise<ClaimScope | null> {
  const [cluster] = await queryable
    .select({ labels: clusters.labels, projectIds: clusters.projectIds })
    .from(clusters)
    .where(and(eq(clusters.id, member.clusterId), isNull(clusters.revokedAt)));
  return cluster === undefined ? null : { ...cluster, clusterId: member.clusterId, kinds: request.kinds };
}

/** What the agent says is free, less what it was granted and does not know of yet. */
async function roomOf(tx: Transaction, member: Member, request: ClaimRequest, slots: number): Promise<Room> {
  const { allocatable, running } = request;
  if (allocatable === null)
    return { slots, cpuMillis: Number.MAX_SAFE_INTEGER, memoryBytes: Number.MAX_SAFE_INTEGER, pods: slots };
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
): Promise<void> {
  const context = await readAttempt(tx, item.attemptId);
  await moveAttempt(tx, context.attempt, "leased", { clusterId: member.clusterId, leasedAt: at });
  await tx
    .update(shards)
    .set({ state: "running", reason: null })
    .where(and(eq(shards.id, context.shard.id), inArray(shards.state, ["queued", "running"])));
  const data = { ...attemptFacts(context), cluster: member.clusterName };
  const about = { runId: run.id, projectId: run.projectId, at, actor: agentActor(member) };
  await appendEvents(tx, about, [{ type: "attempt.leased", data }]);
  wake(runChannel(run.id));
}
