import { type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";

/** A cluster of which nothing has been heard for too long, neither from its agent nor from its provisioner. */
export type Silence = { cluster: string; since: Date };

/**
 * The silence of the cluster that an environment is in, when nobody of it has asked for longer than `seconds` although
 * the hub was there to be asked all that time; null otherwise, and when no cluster has taken it. Nothing can be told then
 * of what happens to the environment.
 */
export async function environmentSilence(
  queryable: Queryable,
  environmentId: string,
  at: Date,
  seconds: number,
): Promise<Silence | null> {
  const [row] = await executeRows<Record<"name" | "heard" | "beat" | "up", string | null>>(
    queryable,
    sql`select c.name, (extract(epoch from (
            select max(coalesce(m.last_seen_at, m.joined_at)) from members m
            where m.cluster_id = c.id and m.revoked_at is null
          )) * 1000)::text as heard,
          (extract(epoch from p.at) * 1000)::text as beat, (extract(epoch from p.up_since) * 1000)::text as up
        from environments e join clusters c on c.id = e.cluster_id join hub_pulse p on p.id = 'hub'
        where e.id = ${environmentId}`,
  );
  if (!row?.name || row.heard === null || row.up === null) return null;
  const before = at.getTime() - seconds * 1_000;
  // A hub that has only just come back has not looked since its last beat.
  const wasThere = Number(row.up) < before && Number(row.beat) >= before;
  const since = new Date(Number(row.heard));
  return wasThere && since.getTime() < before ? { cluster: row.name, since } : null;
}

/** The same as a condition on `environments e`, for statements over many runs. `upSince`: of the hub's pulse. */
export function isSilentBefore(before: Date, upSince: Date): SQL {
  if (upSince >= before) return sql`false`;
  return sql`exists (select 1 from members m where m.cluster_id = e.cluster_id and m.revoked_at is null)
    and not exists (
      select 1 from members m where m.cluster_id = e.cluster_id and m.revoked_at is null
        and coalesce(m.last_seen_at, m.joined_at) >= ${before.toISOString()}::timestamptz
    )`;
}

/** For people, and the mark by which a run's cause is found. */
export function unreachableText({ cluster, since }: Silence): string {
  return `${unreachable}: nothing was heard of cluster ${cluster} since ${since.toISOString()}`;
}
export const unreachable = "environment unreachable";
