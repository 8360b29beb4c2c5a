import { sql } from "drizzle-orm";
import { executeRows } from "../database/execute-rows.ts";
import { transact } from "../database/transact.ts";
import { outboxChannel } from "../notifications/channels.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import { evidencePatienceSeconds } from "./judge-environment.ts";
import type { PlanningDeps } from "./planning-deps.ts";

/**
 * Announces the runs whose red attempts have waited long enough for evidence of their environment, so that they are
 * settled without: an operation that nobody claims ends no other way. Once until the worker has looked.
 */
export async function wakeOverdue(deps: PlanningDeps): Promise<void> {
  const at = deps.clock.now();
  const before = new Date(at.getTime() - evidencePatienceSeconds * 1_000);
  const overdue = await executeRows<{ id: string; project_id: string; environment_id: string }>(
    deps.database,
    sql`select distinct r.id, r.project_id, r.environment_id
        from environment_operations o join runs r on r.environment_id = o.environment_id and r.finished_at is null
        where o.state in ('queued', 'leased') and exists (
          select 1 from attempts a join work_items w on w.attempt_id = a.id
          where a.run_id = r.id and not a.settled and a.state in ('failed', 'errored')
            and w.finished_at <= ${before.toISOString()}::timestamptz
        ) and not exists (select 1 from outbox b where b.run_id = r.id and b.kind = 'run.environment')`,
  );
  if (overdue.length === 0) return;
  await transact(deps, async (tx, wake) => {
    for (const { id: runId, project_id: projectId, environment_id: environmentId } of overdue)
      await writeOutboxEntry(tx, { kind: "run.environment", projectId, runId, environmentId, at });
    wake(outboxChannel);
  });
}
