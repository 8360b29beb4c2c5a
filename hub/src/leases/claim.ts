import type { ClaimAnswer, ClaimRequest } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { Order } from "@seatrial/contracts/agent-protocol/orders.ts";
import { and, asc, eq, inArray } from "drizzle-orm";
import { type ClusterStand, decidedState, isDrainDue } from "../clusters/cluster-stand.ts";
import { runs } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import type { Member } from "../members/require-proof.ts";
import { handOnReleased } from "../planning/hand-on.ts";
import type { WorkItem } from "./attempt-context.ts";
import { buildGrants } from "./build-grants.ts";
import { endUnacknowledged } from "./end-unacknowledged.ts";
import { grantLeases } from "./grant-leases.ts";
import type { LeaseDeps } from "./lease-deps.ts";
import { noteSeen } from "./note-seen.ts";

/** An order that the agent was told is worth an answer again after this: it may have been lost. */
const tellAgainSeconds = 2;

/** One look for news: `isUrgent` when the held request should answer now. */
export type ClaimLook = {
  answer: ClaimAnswer;
  isUrgent: boolean;
  /** Work may be there that another claim had locked; nothing tells when it no longer has. */
  isContended?: boolean;
};

/**
 * What the agent must know now: leases it was given and has not acknowledged, new ones, and orders for those it runs.
 * What it was told to release and no longer names is stopped, and goes to another cluster; what was cancelled before it
 * was acknowledged ends. Throws `member_revoked` when it may ask no more.
 */
export async function lookForNews(
  deps: LeaseDeps,
  member: Member,
  request: ClaimRequest,
  isRepeat = false,
): Promise<ClaimLook> {
  const now = deps.clock.now();
  const running = new Set(request.running);
  // Side by side: a shard that was just queued waits for each step of a look.
  const [cluster, live] = await Promise.all([
    noteSeen(deps, member, request, isRepeat),
    liveLeases(deps, member, request.instance),
  ]);
  const all = live.map((row) => withOrder(row, cluster, now));
  const isStopped = ({ item, order }: HeldItem) =>
    order === "release" && item.cancelToldAt !== null && !running.has(item.leaseId ?? "");
  await handOnReleased(
    deps,
    member,
    all.filter(isStopped).map(({ item }) => item),
  );
  const isOver = ({ item, order }: HeldItem) =>
    order === "cancel" && item.acknowledgedAt === null && !running.has(item.leaseId ?? "");
  await endUnacknowledged(
    deps,
    member,
    all.filter(isOver).map(({ item }) => item),
  );
  const held = all.filter((one) => !isStopped(one) && !isOver(one));
  const told = held.filter(({ item, order }) => order !== null && running.has(item.leaseId ?? ""));
  const again = held.filter(({ item, order }) => order === null && isHandOffOpen(item, running, now));
  const againIds = again.flatMap(({ item }) => item.leaseId ?? []);
  const slots = request.slotsFree - againIds.length;
  const { leases: granted, isContended } = await grantLeases(deps, member, request, cluster, slots);
  return {
    answer: {
      leases: await buildGrants(deps.database, deps.settings.leaseSecret, [...againIds, ...granted]),
      orders: ordersFor(request.running, held),
      clusterState: decidedState(cluster),
      times: deps.settings.leaseTimes,
    },
    isContended,
    isUrgent:
      againIds.length + granted.length > 0 || told.some(({ item }) => isTellingDue(item.cancelToldAt, now)),
  };
}

type HeldItem = {
  item: Pick<WorkItem, "id" | "runId" | "leaseId" | "acknowledgedAt" | "acknowledgeBy" | "cancelToldAt">;
  order: Order["order"] | null;
};

/** An order for each named lease that must stop; one that is not held is none of the agent's. */
function ordersFor(named: readonly string[], held: readonly HeldItem[]): Order[] {
  const orders = new Map(held.map(({ item, order }) => [item.leaseId, order]));
  return named.flatMap((leaseId) => {
    const order = orders.get(leaseId);
    if (order === null) return [];
    return [{ leaseId, order: order ?? "disown" }];
  });
}

/** Remembers which leases this answer tells to stop, so that repeats are paced while the agent does it. */
export async function noteTold(deps: LeaseDeps, leaseIds: readonly string[]): Promise<void> {
  if (leaseIds.length === 0) return;
  // Locked by id first, as heartbeats do, so that neither waits for the other.
  const inOrder = deps.database
    .select({ id: workItems.id })
    .from(workItems)
    .where(inArray(workItems.leaseId, [...leaseIds]))
    .orderBy(asc(workItems.id))
    .for("update");
  await deps.database
    .update(workItems)
    .set({ cancelToldAt: deps.clock.now() })
    .where(inArray(workItems.id, inOrder));
}

type LiveLease = Pick<HeldItem, "item"> & { cancelRequestedAt: Date | null };

async function liveLeases(deps: LeaseDeps, member: Member, instance: string): Promise<LiveLease[]> {
  const { id, runId, leaseId, acknowledgedAt, acknowledgeBy, cancelToldAt } = workItems;
  // A held claim looks many times a second: no more is read than is needed.
  const item = { id, runId, leaseId, acknowledgedAt, acknowledgeBy, cancelToldAt };
  const isHeld = and(
    eq(workItems.memberId, member.id),
    eq(workItems.state, "leased"),
    eq(workItems.instance, instance),
  );
  return deps.database
    .select({ item, cancelRequestedAt: runs.cancelRequestedAt })
    .from(workItems)
    .innerJoin(runs, eq(runs.id, workItems.runId))
    .where(isHeld)
    .orderBy(workItems.leasedAt, workItems.id);
}

function withOrder({ item, cancelRequestedAt }: LiveLease, stand: ClusterStand, now: Date): HeldItem {
  if (cancelRequestedAt !== null) return { item, order: "cancel" };
  return { item, order: isReleased(item, stand, now) ? "release" : null };
}

/**
 * True when a lease's work shall stop here and go on elsewhere: its cluster's drain is over, or was when the agent was
 * told so. What was told stays so, even if the cluster is taken back into service meanwhile.
 */
export function isReleased(
  item: Pick<WorkItem, "cancelToldAt">,
  stand: Pick<ClusterStand, "drainUntil">,
  now: Date,
): boolean {
  return item.cancelToldAt !== null || isDrainDue(stand, now);
}

/** A hand-off whose answer may have been lost, and whose deadline has not passed. */
function isHandOffOpen(item: HeldItem["item"], running: ReadonlySet<string>, now: Date): boolean {
  const isOpen = item.acknowledgedAt === null && item.acknowledgeBy !== null && item.acknowledgeBy > now;
  return isOpen && !running.has(item.leaseId ?? "");
}

/** True when an order was not told yet, or so long ago that the answer may have been lost. */
export function isTellingDue(cancelToldAt: Date | null, now: Date): boolean {
  return cancelToldAt === null || now.getTime() - cancelToldAt.getTime() >= tellAgainSeconds * 1_000;
}
