import type { ClaimAnswer, ClaimRequest } from "@seatrial/contracts/agent-protocol/claim.ts";
import { and, eq, inArray, isNull } from "drizzle-orm";
import { members } from "../database/schema/clusters.ts";
import { runs } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import { type Member, revoked } from "../members/require-proof.ts";
import type { WorkItem } from "./attempt-context.ts";
import { buildGrants } from "./build-grants.ts";
import { grantLeases } from "./grant-leases.ts";
import type { LeaseDeps } from "./lease-deps.ts";
import { isLive } from "./open-lease.ts";

/** A cancel that the agent was told of is worth an answer again after this: it may have been lost. */
const tellAgainSeconds = 2;

/** One look for news: `isUrgent` when the held request should answer now. */
export type ClaimLook = { answer: ClaimAnswer; isUrgent: boolean };

/**
 * What the agent must know now: leases it was given and has not acknowledged, new ones, cancelled and disowned ones.
 * Throws `member_revoked` when it may ask no more.
 */
export async function lookForNews(
  deps: LeaseDeps,
  member: Member,
  request: ClaimRequest,
): Promise<ClaimLook> {
  await noteSeen(deps, member, request);
  const now = deps.clock.now();
  const held = await liveLeases(deps, member, request.instance, now);
  const running = new Set(request.running);
  const cancelled = held.filter(({ item, isCancelled }) => isCancelled && running.has(item.leaseId ?? ""));
  const again = held.filter(({ item, isCancelled }) => !isCancelled && isHandOffOpen(item, running, now));
  const againIds = again.flatMap(({ item }) => item.leaseId ?? []);
  const granted = await grantLeases(deps, member, request, request.slotsFree - againIds.length);
  const known = new Set(held.map(({ item }) => item.leaseId));
  return {
    answer: {
      leases: await buildGrants(deps.database, deps.settings.leaseSecret, [...againIds, ...granted]),
      cancelled: cancelled.flatMap(({ item }) => item.leaseId ?? []),
      disowned: request.running.filter((leaseId) => !known.has(leaseId)),
      times: deps.settings.leaseTimes,
    },
    isUrgent:
      againIds.length + granted.length > 0 ||
      cancelled.some(({ item }) => isTellingDue(item.cancelToldAt, now)),
  };
}

/** Remembers which cancels this answer tells, so that repeats are paced while the agent stops the work. */
export async function noteTold(deps: LeaseDeps, leaseIds: readonly string[]): Promise<void> {
  if (leaseIds.length === 0) return;
  await deps.database
    .update(workItems)
    .set({ cancelToldAt: deps.clock.now() })
    .where(inArray(workItems.leaseId, [...leaseIds]));
}

/** Notes that a member asked, and what it says of itself. Throws `member_revoked`. */
export async function noteSeen(deps: LeaseDeps, member: Member, request: ClaimRequest): Promise<void> {
  const { slots, allocatable } = request;
  const seen = await deps.database
    .update(members)
    .set({ lastSeenAt: deps.clock.now(), slots, allocatable })
    .where(and(eq(members.id, member.id), isNull(members.revokedAt)))
    .returning({ id: members.id });
  if (seen.length === 0) throw revoked(member.clusterName);
}

async function liveLeases(deps: LeaseDeps, member: Member, instance: string, now: Date) {
  const rows = await deps.database
    .select({ item: workItems, cancelRequestedAt: runs.cancelRequestedAt })
    .from(workItems)
    .innerJoin(runs, eq(runs.id, workItems.runId))
    .where(and(eq(workItems.memberId, member.id), eq(workItems.state, "leased")))
    .orderBy(workItems.leasedAt, workItems.id);
  return rows
    .filter(({ item }) => item.instance === instance && isLive(item, now))
    .map(({ item, cancelRequestedAt }) => ({ item, isCancelled: cancelRequestedAt !== null }));
}

/** A hand-off whose answer may have been lost, and whose deadline has not passed. */
function isHandOffOpen(item: WorkItem, running: ReadonlySet<string>, now: Date): boolean {
  const isOpen = item.acknowledgedAt === null && item.acknowledgeBy !== null && item.acknowledgeBy > now;
  return isOpen && !running.has(item.leaseId ?? "");
}

/** True when a cancel was not told yet, or so long ago that the answer may have been lost. */
export function isTellingDue(cancelToldAt: Date | null, now: Date): boolean {
  return cancelToldAt === null || now.getTime() - cancelToldAt.getTime() >= tellAgainSeconds * 1_000;
}
