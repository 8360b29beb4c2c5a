import { sql } from "drizzle-orm";
import { executeRows } from "../database/execute-rows.ts";
import { transact } from "../database/transact.ts";
import { outboxChannel } from "../notifications/channels.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import { silencePatienceSeconds } from "./end-hopeless.ts";
import { isSilentBefore } from "./environment-silence.ts";
import { evidencePatienceSeconds } from "./judge-environment.ts";
import type { PlanningDeps } from "./planning-deps.ts";

/**
 * Announces the runs whose red attempts have waited long enough for evidence of their environment, so that they are
 * settled without: an operation that nobody claims ends no other way. Also those whose environment is in a cluster that
 * has fallen silent while the hub was up (`upSince`). Once until the worker has looked.
 */
export async function wakeOverdue(deps: PlanningDeps, upSince: Date): Promise<void> {
  const at = deps.clock.now();
  const ago = (seconds: number) => new Date(at.getTime() - seconds * 1_000);
  const { leaseSeconds } = deps.settings.leaseTimes;
  const isSilent = isSilentBefore(ago(leaseSeconds), upSince);
  const isLost = isSilentBefore(ago(leaseSeconds + silencePatienceSeconds), upSince);
  const overdue = await executeRows<{ id: string; project_id: string; environment_id: string }>(
    deps.database,
    sql`select distinct r.id, r.project_id, r.environment_id
        from runs r join environments e on e.id = r.environment_id
        where r.finished_at is null and r.state = 'running' and (exists (
          select 1 from attempts a join work_items w on w.attempt_id = a.id
          where a.run_id = r.id and not a.settled and a.state in ('failed', 'errored')
            and ((w.finished_at <= ${ago(evidencePatienceSeconds).toISOString()}::timestamptz and exists (
              select 1 from environment_operations o
              where o.environment_id = e.id and o.state in ('queued', 'leased')
            )) or (${isSilent}))
        ) or (exists (
          select 1 from work_items w where w.run_id = r.id and w.state = 'queued'
        ) and ${isLost})) and not exists (select 1 from outbox b where b.run_id = r.id and b.kind = 'run.environment')`,
  );
  if (overdue.length === 0) return;
  await transact(deps, async (tx, wake) => {
    for (const { id: runId, project_id: projectId, environment_id: environmentId } of overdue)
      await writeOutboxEntry(tx, { kind: "run.environment", projectId, runId, environmentId, at });
    wake(outboxChannel);
  });
}
