import { sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";

/**
 * How many queued shards of the same project are in front of each of these, in the order of the queue. Walks the queues
 * of their projects once; for people who ask, never for a claim. Index: `work_items_next`.
 */
export async function countAhead(
  queryable: Queryable,
  items: readonly { id: string; projectId: string }[],
): Promise<Map<string, number>> {
  if (items.length === 0) return new Map();
  const projectIds = [...new Set(items.map(({ projectId }) => projectId))];
  const rows = await executeRows<{ id: string; ahead: number }>(
    queryable,
    sql`select q.id, q.ahead from (
          select w.id, (row_number() over (
            partition by w.project_id order by w.priority desc nulls last, w.created_at, w.id
          ) - 1)::int as ahead
          from work_items w where w.project_id in ${projectIds} and w.state = 'queued'
        ) q where q.id in ${items.map(({ id }) => id)}`,
  );
  return new Map(rows.map(({ id, ahead }) => [id, ahead]));
}
