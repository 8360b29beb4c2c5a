import { sql } from "drizzle-orm";
import { executeRows } from "../database/execute-rows.ts";
import { transact } from "../database/transact.ts";
import { outboxChannel } from "../notifications/channels.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import type { PlanningDeps } from "../planning/planning-deps.ts";

const everySeconds = 600;
const mostAtOnce = 1_000;

/**
 * Has the workflow of each environment look that ought to be on its way while nothing is done about it: its time is over
 * and it is not wished gone, or it shall be made or removed and no operation is open. A workflow that was lost is begun
 * anew by that; one that waits to try again looks and waits on. Once in ten minutes of an environment's life, and not
 * while the worker has not seen the last word.
 *
 * `gapSeconds` is the time since the last tick: what falls due in it is announced, so that each moment is looked at
 * once, whoever ticks. Null, for a hub's first tick: there is nothing to forget yet.
 */
export async function announceForgotten(deps: PlanningDeps, gapSeconds: number | null): Promise<void> {
  if (gapSeconds === null) return;
  const at = deps.clock.now();
  const now = sql`${at.toISOString()}::timestamptz`;
  const age = sql`extract(epoch from ${now} - e.created_at)`;
  const isDue = sql`floor(${age} / ${everySeconds}::int) > floor((${age} - ${gapSeconds}::float8) / ${everySeconds}::int)`;
  const isExpired = sql`e.wanted <> 'gone' and greatest(e.expires_at, (e.pin ->> 'until')::timestamptz) <= ${now}`;
  const isUnderWay = sql`e.wanted = 'gone' or e.state in ('placed', 'creating', 'updating')
    or (e.state = 'requested' and e.queue_position is null)`;
  const forgotten = await executeRows<{ id: string; project_id: string }>(
    deps.database,
    sql`select e.id, e.project_id from environments e
        where e.state <> 'deleted' and ${isDue}
          and ((${isExpired}) or ((${isUnderWay}) and not exists (
            select 1 from environment_operations o
            where o.environment_id = e.id and o.state in ('queued', 'leased'))))
          and not exists (
            select 1 from outbox b where b.environment_id = e.id and b.kind = 'environment.changed')
        order by e.id limit ${mostAtOnce}`,
  );
  if (forgotten.length === 0) return;
  await transact(deps, async (tx, wake) => {
    for (const { id: environmentId, project_id: projectId } of forgotten)
      await writeOutboxEntry(tx, { kind: "environment.changed", projectId, runId: null, environmentId, at });
    wake(outboxChannel);
  });
}
