import { sql } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { executeRows } from "../database/execute-rows.ts";
import { transact } from "../database/transact.ts";
import { noteRepository } from "./note-repository.ts";

const perTick = 50;

/**
 * Has the workflow of each repository look whose sweep is long overdue: it was lost, or it cannot ask the forge. Once in
 * the time between two sweeps, and not while the worker has not seen the last word.
 */
export async function announceSweeps(
  deps: Pick<HubDeps, "database" | "notifications" | "clock" | "settings">,
): Promise<void> {
  const now = deps.clock.now();
  const ago = (sweeps: number) =>
    new Date(now.getTime() - sweeps * deps.settings.repositorySweepSeconds * 1_000).toISOString();
  await transact(deps, async (tx, wake) => {
    const rows = await executeRows<{ id: string; project_id: string }>(
      tx,
      sql`update repositories set announced_at = ${now.toISOString()}::timestamptz
          where id in (
            select r.id from repositories r
            where r.disconnected_at is null
              and coalesce(r.swept_at, r.created_at) <= ${ago(2)}::timestamptz
              and (r.announced_at is null or r.announced_at <= ${ago(1)}::timestamptz)
              and not exists (
                select 1 from outbox b where b.repository_id = r.id and b.kind = 'repository.changed')
            order by r.id limit ${perTick} for update of r skip locked)
          returning id, project_id`,
    );
    for (const { id, project_id: projectId } of rows) await noteRepository(tx, wake, { id, projectId }, now);
  });
}
