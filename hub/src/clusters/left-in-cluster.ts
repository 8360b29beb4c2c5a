import { sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";

/** An environment that still is in a cluster; `ownedByRun`: the run that is not over and takes it along. */
export type EnvironmentLeft = {
  id: string;
  projectId: string;
  name: string;
  state: string;
  ownedByRun: string | null;
};

/** The environments of a cluster that are not deleted, oldest first. */
export async function environmentsLeft(queryable: Queryable, clusterId: string): Promise<EnvironmentLeft[]> {
  type Row = { id: string; project_id: string; name: string; state: string; run_id: string | null };
  const rows = await executeRows<Row>(
    queryable,
    sql`select e.id, e.project_id, e.name, e.state, (
          select r.id from runs r where r.environment_id = e.id and r.environment_owned and r.finished_at is null limit 1
        ) as run_id
        from environments e where e.cluster_id = ${clusterId} and e.state <> 'deleted'
        order by e.created_at, e.id`,
  );
  return rows.map(({ id, project_id, name, state, run_id }) => ({
    id,
    projectId: project_id,
    name,
    state,
    ownedByRun: run_id,
  }));
}
