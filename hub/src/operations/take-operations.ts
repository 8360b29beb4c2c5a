import type { ClaimRequest } from "@seatrial/contracts/agent-protocol/claim.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import { and, eq, isNull, sql } from "drizzle-orm";
import type { Queryable, Transaction } from "../database/database.ts";
import { clusters, members } from "../database/schema/clusters.ts";
import { environments, operations } from "../database/schema/environments.ts";
import { transact, type Wake } from "../database/transact.ts";
import { appendEnvironmentEvents } from "../environments/append-environment-events.ts";
import { lockEnvironmentQuota, readPlaces } from "../environments/environment-quota.ts";
import type { EnvironmentRow, OperationRow } from "../environments/environment-row.ts";
import { lockEnvironment } from "../environments/lock-environment.ts";
import { moveEnvironment } from "../environments/move-environment.ts";
import { noteChange } from "../environments/note-change.ts";
import { openStateKey } from "../keys/state-keys.ts";
import { agentActor } from "../leases/attempt-context.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import { takesNewWork } from "../leases/take-items.ts";
import type { Member } from "../members/require-proof.ts";
import {
  findQueuedOperations,
  type ProvisionerScope,
  type QueuedOperation,
} from "./find-queued-operations.ts";
import { noteOperation } from "./operation-events.ts";
import type { HeldOperation } from "./operation-lease.ts";

/** At most this many leases in one answer: each is a process with a cluster's work. */
export const largestGrant = 20;

/**
 * Grants queued operations to a provisioner, at most `slots`, one short transaction each. The first operation of an
 * environment fixes its cluster for good, and is granted only while its project's quota of environments has a place.
 * Answers the new lease ids; nothing is granted twice and no quota is exceeded, whatever overlaps.
 */
export async function takeOperations(
  deps: LeaseDeps,
  member: Member,
  request: ClaimRequest,
  slots: number,
): Promise<string[]> {
  if (slots < 1 || !request.kinds.includes("environment")) return [];
  const scope = await readScope(deps.database, member);
  if (scope === null) return [];
  const most = Math.min(slots, largestGrant);
  // Some more than fit: another cluster may be faster with a few.
  const found = await findQueuedOperations(deps.database, scope, most * 2);
  const leases: string[] = [];
  const full = new Set<string>();
  for (const seen of found) {
    if (leases.length === most) break;
    if (seen.isNew && full.has(seen.projectId)) continue;
    const taken = await transact(deps, (tx, wake) => takeOne(deps, tx, wake, member, request, seen));
    if (taken === "no place") full.add(seen.projectId);
    else if (taken !== null) leases.push(taken.leaseId);
  }
  return leases;
}

async function readScope(queryable: Queryable, member: Member): Promise<ProvisionerScope | null> {
  const [cluster] = await queryable
    .select({
      labels: clusters.labels,
      taints: clusters.taints,
      projectIds: clusters.projectIds,
      cordonedAt: clusters.cordonedAt,
    })
    .from(clusters)
    .where(and(eq(clusters.id, member.clusterId), isNull(clusters.revokedAt)));
  if (cluster === undefined) return null;
  const { cordonedAt, ...scope } = cluster;
  return { clusterId: member.clusterId, ...scope, isCordoned: cordonedAt !== null };
}

/** Null: it is not to be had any more. The project's lock comes before the environment's, as everywhere. */
async function takeOne(
  deps: LeaseDeps,
  tx: Transaction,
  wake: Wake,
  member: Member,
  request: ClaimRequest,
  seen: QueuedOperation,
): Promise<{ leaseId: string } | "no place" | null> {
  if (seen.isNew && !(await mayTakePlace(tx, seen.projectId))) return "no place";
  const environment = await lockEnvironment(tx, seen.environmentId);
  const isHere = environment.clusterId === member.clusterId;
  const isNew = environment.clusterId === null && environment.state === "requested";
  if (!isHere && !(isNew && seen.isNew)) return null;
  const [queued] = await tx
    .select()
    .from(operations)
    .where(and(eq(operations.id, seen.id), eq(operations.state, "queued")))
    .for("update");
  if (queued === undefined || !(await canOpenKey(deps, tx, environment))) return null;
  const origin = { at: deps.clock.now(), actor: agentActor(member) };
  const lease = leaseOf(deps, member, request.instance, environment, origin.at);
  const operation = await grant(tx, queued, lease, environment.clusterId === null);
  if (operation === undefined) return null;
  const held = { environment, operation };
  if (environment.clusterId === null) await place(tx, held, member, origin);
  const data = { state: "leased", cluster: member.clusterName };
  await noteOperation(tx, wake, held, origin, "environment.operation", data);
  await noteChange(tx, wake, environment, origin.at);
  return { leaseId: lease.leaseId };
}

async function mayTakePlace(tx: Transaction, projectId: string): Promise<boolean> {
  await lockEnvironmentQuota(tx, projectId);
  const { held, quota } = await readPlaces(tx, projectId);
  return held < quota;
}

type Lease = ReturnType<typeof leaseOf>;

function leaseOf(
  deps: LeaseDeps,
  member: Member,
  instance: string,
  environment: EnvironmentRow,
  leasedAt: Date,
) {
  const after = (seconds: number) => new Date(leasedAt.getTime() + seconds * 1_000);
  const { leaseSeconds, acknowledgeSeconds } = deps.settings.leaseTimes;
  return {
    state: "leased" as const,
    leaseId: newId("lease"),
    memberId: member.id,
    clusterId: member.clusterId,
    instance,
    leasedAt,
    acknowledgeBy: after(acknowledgeSeconds),
    acknowledgedAt: null,
    expiresAt: after(leaseSeconds),
    cancelToldAt: null,
    // What it applies is fixed here, so that the same lease always gives the same grant.
    generation: environment.generation,
    template: environment.template,
    contentSha256: environment.contentSha256,
  };
}

/**
 * The statement itself asks whether the member or its cluster is revoked, as with shards, and for an environment that is
 * new there whether the cluster is cordoned. Undefined when it is.
 */
async function grant(
  tx: Transaction,
  queued: OperationRow,
  lease: Lease,
  isNewThere: boolean,
): Promise<OperationRow | undefined> {
  const inService = isNewThere ? takesNewWork : isNull(clusters.revokedAt);
  const mayHold = tx
    .select({ one: sql`1` })
    .from(members)
    .innerJoin(clusters, eq(clusters.id, members.clusterId))
    .where(and(eq(members.id, lease.memberId), isNull(members.revokedAt), inService));
  const [granted] = await tx
    .update(operations)
    .set(lease)
    .where(and(eq(operations.id, queued.id), sql`exists ${mayHold}`))
    .returning();
  return granted;
}

async function place(
  tx: Transaction,
  { environment }: HeldOperation,
  member: Member,
  { at, actor }: { at: Date; actor: ReturnType<typeof agentActor> },
): Promise<void> {
  const fields = { clusterId: member.clusterId };
  await moveEnvironment(tx, environment, "placed", { at, actor, fields });
  const { id: environmentId, projectId } = environment;
  const data = { cluster: member.clusterName };
  await appendEnvironmentEvents(tx, { environmentId, projectId, at, actor }, [
    { type: "environment.placed", data },
  ]);
}

/** An environment whose state key the hub cannot open waits, and says so, until the hub has its key again. */
async function canOpenKey(deps: LeaseDeps, tx: Transaction, environment: EnvironmentRow): Promise<boolean> {
  const { id, wrappedStateKey } = environment;
  if (wrappedStateKey === null) return false;
  try {
    openStateKey(deps, id, wrappedStateKey);
    return true;
  } catch (error) {
    if (!(error instanceof SeatrialError)) throw error;
    if (environment.reason !== error.message)
      await tx.update(environments).set({ reason: error.message }).where(eq(environments.id, id));
    return false;
  }
}
