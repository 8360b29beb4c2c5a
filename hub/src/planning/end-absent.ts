import { exitSchema } from "@seatrial/contracts/runs/exit.ts";
import { and, asc, eq, inArray, lte, sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { clusters, members } from "../database/schema/clusters.ts";
import { runSuites } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import { transact } from "../database/transact.ts";
import { systemActor } from "../events/append-events.ts";
import { lockRun, readAttempt } from "../leases/attempt-context.ts";
import { endAttempt } from "../leases/end-attempt.ts";
import { whyNeverHere } from "../placement/what-is-against.ts";
import { cutText } from "../reports/safe-text.ts";
import type { PlanningDeps } from "./planning-deps.ts";

/** So long a place may be without a cluster that takes work, before what waits for it is told. */
export const absencePatienceSeconds = 180;
/** At most this many shards end at a time. */
const perTick = 500;

/** `heardAt`: of any agent that it had, or when it was made. */
type ClusterRow = typeof clusters.$inferSelect & { readonly heardAt: Date; readonly hasAgent: boolean };
type Item = typeof workItems.$inferSelect;
type Waiting = { item: Item; place: NonNullable<typeof runSuites.$inferSelect.place> };

/**
 * Ends the queued shards of copies (`clusters: {each: …}`) whose place has had no cluster that takes work for
 * `absencePatienceSeconds`: silent (a revoked one is), cordoned, or with other labels, taints or projects. That the place is
 * away is the outcome; without a place a shard waits for whoever comes. `upSince`: the hub has looked since then; its own absence, in which
 * every cluster seems silent, counts for nothing.
 */
export async function endAbsent(deps: PlanningDeps, upSince: Date): Promise<void> {
  const before = new Date(deps.clock.now().getTime() - absencePatienceSeconds * 1_000);
  if (upSince > before) return;
  const waiting = await findWaiting(deps.database, before);
  if (waiting.length === 0) return;
  const known = await readClusters(deps.database);
  let left = perTick;
  for (const { item, place } of waiting) {
    const why = whyAbsent(item, place, known, before);
    const ended = why === null ? [] : await itemsLike(deps.database, item, before, left);
    for (const one of ended) await endItem(deps, one, why ?? "");
    left -= ended.length;
    if (left < 1) return;
  }
}

const isWaitingSince = (before: Date) =>
  and(eq(workItems.state, "queued"), eq(workItems.kind, "shard"), lte(workItems.createdAt, before));

/**
 * One item of each copy stands for all of them: they ask for the same, and any number that waits for a busy place hides
 * none of another. Index: `work_items_deadline` (state, …).
 */
async function findWaiting(queryable: Queryable, before: Date): Promise<Waiting[]> {
  const rows = await queryable
    .selectDistinctOn([workItems.suiteId], { item: workItems, place: runSuites.place })
    .from(workItems)
    .innerJoin(runSuites, eq(runSuites.id, workItems.suiteId))
    .where(and(isWaitingSince(before), sql`${runSuites.place} is not null`))
    .orderBy(asc(workItems.suiteId), asc(workItems.createdAt));
  return rows.flatMap(({ item, place }) => (place ? [{ item, place }] : []));
}

async function itemsLike(queryable: Queryable, item: Item, before: Date, most: number): Promise<Item[]> {
  return queryable
    .select()
    .from(workItems)
    .where(
      and(isWaitingSince(before), eq(workItems.runId, item.runId), eq(workItems.suiteId, item.suiteId ?? "")),
    )
    .limit(most);
}

async function readClusters(queryable: Queryable): Promise<ClusterRow[]> {
  const rows = await queryable.select().from(clusters);
  const ids = rows.map(({ id }) => id);
  const agents = await queryable
    .select()
    .from(members)
    .where(and(eq(members.role, "agent"), inArray(members.clusterId, ids)));
  return rows.map((row) => {
    const own = agents.filter(({ clusterId }) => clusterId === row.id);
    const heard = own.map(({ lastSeenAt, joinedAt }) => (lastSeenAt ?? joinedAt).getTime());
    const heardAt = new Date(Math.max(row.createdAt.getTime(), ...heard));
    return { ...row, heardAt, hasAgent: own.some(({ revokedAt }) => revokedAt === null) };
  });
}

/** Why none of the place's clusters takes it, or null while one does or may soon. */
function whyAbsent(
  item: Item,
  { label, value }: Waiting["place"],
  known: readonly ClusterRow[],
  before: Date,
): string | null {
  const own = known.filter((cluster) => fits(item, cluster));
  // One that was changed a moment ago may have been of the place until then, and be again.
  const changed = known.filter(({ changedAt }) => changedAt !== null && changedAt > before);
  if ([...own, ...changed].some((cluster) => whyAway(cluster, before) === null)) return null;
  const reasons = own.map((cluster) => whyAway(cluster, before));
  const what = label === "cluster" ? `cluster ${value}` : `no cluster with ${label}=${value}`;
  if (own.length === 0) return `${what} ${label === "cluster" ? "does not fit" : "is there"} any more`;
  return label === "cluster" ? `${reasons.join("; ")}` : `${what} takes work: ${reasons.join("; ")}`;
}

function fits(item: Item, cluster: ClusterRow): boolean {
  const facts = {
    ...cluster,
    projectIds: cluster.projectIds ?? null,
    isRevoked: false,
    isCordoned: false,
    isDraining: false,
    agent: null,
    room: { slots: 0, cpuMillis: 0, memoryBytes: 0, pods: 0 },
  };
  return whyNeverHere(item, facts).length === 0;
}

function whyAway(
  { name, revokedAt, cordonedAt, heardAt, hasAgent }: ClusterRow,
  before: Date,
): string | null {
  if (heardAt <= before) {
    if (revokedAt !== null) return `${name} was revoked`;
    if (!hasAgent) return `${name} has no agent`;
    return `${name} is silent since ${heardAt.toISOString().slice(0, 19)}Z`;
  }
  return cordonedAt !== null && cordonedAt <= before
    ? `${name} is cordoned since ${cordonedAt.toISOString().slice(0, 19)}Z`
    : null;
}

async function endItem(deps: PlanningDeps, { id, runId, attemptId }: Item, why: string): Promise<void> {
  const message = cutText(why, 2_000);
  await transact(deps, async (tx, wake) => {
    const run = await lockRun(tx, runId);
    const [item] = await tx
      .select()
      .from(workItems)
      .where(and(eq(workItems.id, id), eq(workItems.state, "queued")))
      .for("update");
    if (item === undefined) return;
    const context = await readAttempt(tx, attemptId);
    const exit = exitSchema.parse({ reason: "cluster_absent", exitCode: null, message });
    const at = deps.clock.now();
    await endAttempt(tx, wake, run, item, context, {
      state: "errored",
      message,
      exit,
      at,
      actor: systemActor,
    });
  });
}
