import { executeRows } from "@seatrial/hub/database/execute-rows.ts";
import { sql } from "drizzle-orm";
import { must, type Simulation } from "./simulation.ts";

type Broken = { what: string; id: string };

/** What must be true of the hub's tables after each command, whatever happened. */
export async function checkInvariants({ world, projects }: Simulation): Promise<void> {
  const broken = await executeRows<Broken>(
    world.hub.deps.database,
    sql`
    select 'an open attempt has no work item in the matching state' as what, a.id
      from attempts a left join work_items w on w.attempt_id = a.id
      where (a.state = 'queued' and w.state is distinct from 'queued')
         or (a.state in ('leased', 'starting', 'running') and w.state is distinct from 'leased')
         or (a.state in ('passed', 'failed', 'errored', 'cancelled', 'lost') and w.state is distinct from 'done')
    union all
    select 'a shard has two open attempts', shard_id from attempts
      where state in ('queued', 'leased', 'starting', 'running') group by shard_id having count(*) > 1
    union all
    select 'an open shard is lost: nothing of it is open and nothing waits to be settled', s.id
      from shards s where s.state in ('queued', 'running') and not exists (
        select 1 from attempts a where a.shard_id = s.id
          and (a.state in ('queued', 'leased', 'starting', 'running') or not a.settled))
    union all
    select 'an unsettled end was announced to nobody', a.run_id from attempts a
      join runs r on r.id = a.run_id
      where a.state in ('passed', 'failed', 'errored', 'cancelled', 'lost') and not a.settled and r.finished_at is null
        and not exists (select 1 from outbox o where o.run_id = a.run_id)
    union all
    select 'a run is over while a shard is open', r.id from runs r join shards s on s.run_id = r.id
      where r.finished_at is not null and s.state in ('queued', 'running')
    union all
    select 'events are missing', r.id from runs r
      where r.last_event <> (select count(*) from run_events e where e.run_id = r.id)`,
  );
  must(broken.length === 0, broken.map(({ what, id }) => `${what} (${id})`).join("; "));
  const held = await executeRows<{ name: string; held: number }>(
    world.hub.deps.database,
    sql`select p.name, count(*)::int as held from work_items w join projects p on p.id = w.project_id
        where w.state = 'leased' group by p.name`,
  );
  for (const { name, quota } of projects) {
    const count = held.find((row) => row.name === name)?.held ?? 0;
    must(count <= quota, `project ${name} holds ${count} leases, its quota is ${quota}`);
  }
}
