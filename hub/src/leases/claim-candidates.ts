import type { NodeSize, WorkKind } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { Spread, Toleration } from "@seatrial/contracts/suites/suite-spec.ts";
import { type SQL, sql } from "drizzle-orm";
import type { Queryable, Transaction } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";
import type { ClusterFacts, Room } from "../placement/placement-facts.ts";
import type { SpreadItem } from "../placement/read-shares.ts";
import type { Candidate, ProjectLoad } from "./choose-fairly.ts";

/** Whose work is looked for: a cluster, its labels and taints, its projects (null: all), the kinds it can do. */
export type ClaimScope = Pick<ClusterFacts, "labels" | "taints" | "projectIds"> & {
  clusterId: string;
  kinds: readonly WorkKind[];
};

/**
 * What a queued item must be for this cluster: `whyNeverHere` and `whyTooLarge` of `placement/what-is-against.ts` as a
 * condition. `<@`: the labels it asks for are a part of the cluster's. What tests an environment is only for the cluster
 * that reaches it.
 */
const fitting = (scope: ClaimScope) => sql`
  w.state = 'queued' and w.kind in ${[...scope.kinds]}
  and (w.only_cluster_id is null or w.only_cluster_id = ${scope.clusterId})
  and w.cluster_labels <@ ${JSON.stringify(scope.labels)}::jsonb
  and ${toleratedBy(sql`w.tolerations`, scope.taints)} and r.cancel_requested_at is null
  and w.cpu_millis <= ${largestNode(scope, "cpuMillis")}
  and w.memory_bytes::bigint <= ${largestNode(scope, "memoryBytes")}`;

/**
 * What the cluster's newest agent last said of its largest node, as `readClusters` has it: of a claim that is noted, its
 * own word. Evaluated once in a statement, however many items it looks at. Index: `members_cluster`.
 */
const largestNode = ({ clusterId }: ClaimScope, of: keyof NodeSize) => sql`coalesce((
  select (m.allocatable -> 'largestNode' ->> ${of}::text)::bigint from members m
  where m.cluster_id = ${clusterId} and m.role = 'agent' and m.revoked_at is null
  order by coalesce(m.last_seen_at, m.joined_at) desc limit 1
), ${Number.MAX_SAFE_INTEGER}::bigint)`;

/** Whether the tolerations in a column stand all of these taints: `tolerates` as a condition. */
export function toleratedBy(column: SQL, taints: ClaimScope["taints"]): SQL {
  const conditions = taints.map(({ key, value }) => {
    const standing = [null, value ?? ""].map(
      (stood) => sql`${column} @> ${JSON.stringify([{ key, value: stood }])}::jsonb`,
    );
    return sql`(${sql.join(standing, sql` or `)})`;
  });
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
}

/**
 * Projects with something to claim, by id. No locks: it only says whose lock is worth taking, and an idle hub pays
 * one index look-up per project (`work_items_next`: project_id, state).
 */
export async function projectsWithWork(queryable: Queryable, scope: ClaimScope): Promise<string[]> {
  return findProjects(queryable, scope, sql`true`);
}

/**
 * Those of `projectsWithWork` that hold less than their quota: a project that floods its queue costs the others' claims
 * neither its lock nor a walk through its queue. One that has room again a moment later wakes the claims anew.
 */
export async function claimableProjects(queryable: Queryable, scope: ClaimScope): Promise<string[]> {
  return findProjects(queryable, scope, belowQuota);
}

/** Whether a project `p` holds less than it may; no more leases are counted than that takes. */
export const belowQuota = sql`(select count(*) from (
          select 1 from work_items h where h.project_id = p.id and h.state = 'leased' limit p.running_quota
        ) held) < p.running_quota`;

async function findProjects(queryable: Queryable, scope: ClaimScope, condition: SQL): Promise<string[]> {
  if (scope.projectIds?.length === 0) return [];
  const allowed = scope.projectIds === null ? sql`true` : sql`p.id in ${[...scope.projectIds]}`;
  const rows = await executeRows<{ id: string }>(
    queryable,
    sql`select p.id from projects p where ${allowed} and exists (
          select 1 from work_items w join runs r on r.id = w.run_id where w.project_id = p.id and ${fitting(scope)}
        ) and ${condition} order by p.id`,
  );
  return rows.map(({ id }) => id);
}

/**
 * Locks the projects' quotas for the transaction, one after the other in the order given, which must be that of their
 * ids (a fixed order, so two claims cannot wait for each other). The inner select is sorted, so it is not merged into
 * the outer one, which locks row by row as they come. Counting must follow in a new statement: a statement sees what was
 * committed when it began, so one that both waits for the lock and counts would miss the claim it waited for.
 */
export async function lockQuotas(tx: Transaction, projectIds: readonly string[]): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(id, 0)) from (
    select id from unnest(${sql.param([...projectIds])}::text[]) with ordinality as given (id, place) order by place
  ) in_order`);
}

/**
 * Locks the quotas of those of these projects that no other claim has locked, and answers which. None is waited for:
 * who holds one grants what there is to grant of it, so whoever comes meanwhile goes on with the others and looks again.
 * Counting must follow in a new statement, as for `lockQuotas`.
 */
export async function lockFreeQuotas(tx: Transaction, projectIds: readonly string[]): Promise<string[]> {
  const rows = await executeRows<{ id: string }>(
    tx,
    sql`select id from unnest(${sql.param([...projectIds])}::text[]) as given (id)
        where pg_try_advisory_xact_lock(hashtextextended(id, 0))`,
  );
  return rows.map(({ id }) => id);
}

/** What the projects hold and may hold. Index: `work_items_next` (project_id, state). */
export async function projectLoads(
  tx: Queryable,
  projectIds: readonly string[],
): Promise<Map<string, ProjectLoad>> {
  const rows = await executeRows<{ id: string; quota: number; running: number }>(
    tx,
    sql`select p.id, p.running_quota as quota, (
          select count(*)::int from work_items w where w.project_id = p.id and w.state = 'leased'
        ) as running from projects p where p.id in ${[...projectIds]}`,
  );
  return new Map(rows.map(({ id, quota, running }) => [id, { quota, running }]));
}

/** A candidate with what its suite's spread is about, where it has one. */
export type FoundCandidate = Candidate & { spreadItem: SpreadItem | null };

/**
 * The next items of each project that fit the room, at most `perProject` of each, so a queue of any length costs the
 * same, and large items in front of it do not hide the ones that fit: the lateral join walks `work_items_next`
 * (project_id, state, priority desc nulls last, created_at, id) and stops: only an order with the same place for nulls, of
 * which there are none, is that of the index. `without`: suites that may place nothing here now.
 */
export async function findCandidates(
  tx: Queryable,
  scope: ClaimScope,
  projectIds: readonly string[],
  room: Pick<Room, "cpuMillis" | "memoryBytes">,
  perProject: number,
  without: readonly string[] = [],
): Promise<FoundCandidate[]> {
  const isOpen =
    without.length === 0 ? sql`` : sql` and (w.spread is null or w.suite_id not in ${[...without]})`;
  const rows = await executeRows<Row>(
    tx,
    sql`select c.* from projects p cross join lateral (
          select w.id, w.project_id, w.run_id, w.cpu_millis, w.memory_bytes, w.priority, w.suite_id, w.spread,
                 w.cluster_labels, w.tolerations, w.only_cluster_id, extract(epoch from w.created_at)::text as created
          from work_items w join runs r on r.id = w.run_id
          where w.project_id = p.id and ${fitting(scope)}${isOpen}
            and w.cpu_millis <= ${room.cpuMillis}::bigint and w.memory_bytes::bigint <= ${room.memoryBytes}::bigint
          order by w.priority desc nulls last, w.created_at, w.id limit ${perProject}
        ) c where p.id in ${[...projectIds]}`,
  );
  return rows.map(toCandidate);
}

type Row = Record<"id" | "project_id" | "run_id" | "memory_bytes" | "created", string> & {
  cpu_millis: number;
  priority: number;
  suite_id: string | null;
  spread: Spread | null;
  cluster_labels: Record<string, string>;
  tolerations: Toleration[];
  only_cluster_id: string | null;
};

function toCandidate(row: Row): FoundCandidate {
  const { id, project_id: projectId, cpu_millis: cpuMillis, priority, suite_id: suiteId, spread } = row;
  const own = { id, projectId, cpuMillis, memoryBytes: Number(row.memory_bytes), priority };
  const isSpread = spread !== null && suiteId !== null;
  return {
    ...own,
    runId: row.run_id,
    createdAt: Number(row.created),
    spreadSuiteId: isSpread ? suiteId : null,
    spreadItem: isSpread
      ? {
          ...own,
          suiteId,
          spread,
          onlyClusterId: row.only_cluster_id,
          clusterLabels: row.cluster_labels,
          tolerations: row.tolerations,
        }
      : null,
  };
}
