import type { WorkKind } from "@seatrial/contracts/agent-protocol/claim.ts";
import { sql } from "drizzle-orm";
import type { Queryable, Transaction } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";
import type { Candidate, ProjectLoad, Room } from "./choose-fairly.ts";

/** Whose work is looked for: a cluster, its labels, its projects (null: all), the kinds it can do. */
export type ClaimScope = {
  clusterId: string;
  labels: Record<string, string>;
  projectIds: readonly string[] | null;
  kinds: readonly WorkKind[];
};

/**
 * What a queued item must be for this cluster. `<@`: the labels it asks for are a part of the cluster's. What tests an
 * environment is only for the cluster that reaches it.
 */
const fitting = (scope: ClaimScope) => sql`
  w.state = 'queued' and w.kind in ${[...scope.kinds]}
  and (w.only_cluster_id is null or w.only_cluster_id = ${scope.clusterId})
  and w.cluster_labels <@ ${JSON.stringify(scope.labels)}::jsonb and r.cancel_requested_at is null`;

/**
 * Projects with something to claim, by id. No locks: it only says whose lock is worth taking, and an idle hub pays
 * one index look-up per project (`work_items_next`: project_id, state).
 */
export async function projectsWithWork(queryable: Queryable, scope: ClaimScope): Promise<string[]> {
  if (scope.projectIds?.length === 0) return [];
  const allowed = scope.projectIds === null ? sql`true` : sql`p.id in ${[...scope.projectIds]}`;
  const rows = await executeRows<{ id: string }>(
    queryable,
    sql`select p.id from projects p where ${allowed} and exists (
          select 1 from work_items w join runs r on r.id = w.run_id where w.project_id = p.id and ${fitting(scope)}
        ) order by p.id`,
  );
  return rows.map(({ id }) => id);
}

/**
 * Locks the projects' quotas for the transaction, one after the other by id (a fixed order, so two claims cannot
 * wait for each other). Counting must follow in a new statement: a statement sees what was committed when it began,
 * so one that both waits for the lock and counts would miss the claim it waited for.
 */
export async function lockQuotas(tx: Transaction, projectIds: readonly string[]): Promise<void> {
  for (const id of projectIds)
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${id}, 0))`);
}

/** What the projects hold and may hold. Index: `work_items_next` (project_id, state). */
export async function projectLoads(
  tx: Transaction,
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

/**
 * The next items of each project that fit the room, at most `perProject` of each, so a queue of any length costs the
 * same, and large items in front of it do not hide the ones that fit: the lateral join walks `work_items_next` (project_id, state, priority desc, created_at, id) and stops.
 */
export async function findCandidates(
  tx: Transaction,
  scope: ClaimScope,
  projectIds: readonly string[],
  room: Pick<Room, "cpuMillis" | "memoryBytes">,
  perProject: number,
): Promise<Candidate[]> {
  type Row = Record<"id" | "project_id" | "run_id" | "memory_bytes" | "created", string> & {
    cpu_millis: number;
  };
  const rows = await executeRows<Row>(
    tx,
    sql`select c.* from projects p cross join lateral (
          select w.id, w.project_id, w.run_id, w.cpu_millis, w.memory_bytes,
                 extract(epoch from w.created_at)::text as created
          from work_items w join runs r on r.id = w.run_id
          where w.project_id = p.id and ${fitting(scope)}
            and w.cpu_millis <= ${room.cpuMillis}::bigint and w.memory_bytes::bigint <= ${room.memoryBytes}::bigint
          order by w.priority desc, w.created_at, w.id limit ${perProject}
        ) c where p.id in ${[...projectIds]}`,
  );
  return rows.map((row) => ({
    id: row.id,
    projectId: row.project_id,
    runId: row.run_id,
    cpuMillis: row.cpu_millis,
    memoryBytes: Number(row.memory_bytes),
    createdAt: Number(row.created),
  }));
}
