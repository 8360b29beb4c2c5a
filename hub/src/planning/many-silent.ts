import { sql } from "drizzle-orm";
import { executeRows } from "../database/execute-rows.ts";
import { hubPulse } from "../database/schema/clusters.ts";
import type { PlanningDeps } from "./planning-deps.ts";
import { runStep } from "./run-step.ts";
import { tellSilence } from "./tell-silence.ts";

/** With fewer clusters at work nobody can tell a common cause from one that each has. */
const fewestClusters = 3;
/** How long leases wait for clusters that fell silent together. */
const patienceSeconds = 600;

/**
 * Whether leases that ran out shall be kept for now: at least three clusters hold leases and more than half of them have
 * missed beats, so it is likelier that something between them and the hub is broken than that all of them are. At most
 * 10 minutes, counted from when it was first seen; `hub_pulse.many_silent_since` says since when.
 */
export async function keepsLeases(deps: PlanningDeps): Promise<boolean> {
  const now = deps.clock.now();
  const { leaseSeconds, heartbeatSeconds } = deps.settings.leaseTimes;
  // A lease says when it was last beaten for: one that has less left than this missed two beats in a row.
  const until = new Date(now.getTime() + (leaseSeconds - 2 * heartbeatSeconds) * 1_000);
  const [seen] = await executeRows<{ clusters: number; silent: number; since: string | null }>(
    deps.database,
    sql`select count(*)::int as clusters, count(*) filter (where latest <= ${until.toISOString()}::timestamptz)::int as silent,
          (select extract(epoch from many_silent_since)::text from hub_pulse) as since
        from (
          select cluster_id, max(expires_at) as latest from (
            select w.cluster_id, w.expires_at from work_items w join runs r on r.id = w.run_id
              where w.state = 'leased' and r.cancel_requested_at is null
            union all
            select o.cluster_id, o.expires_at from environment_operations o where o.state = 'leased'
          ) l group by cluster_id
        ) c`,
  );
  if (seen === undefined || leaseSeconds <= 2 * heartbeatSeconds) return false;
  const areMany = seen.clusters >= fewestClusters && seen.silent * 2 > seen.clusters;
  const since = seen.since === null ? null : new Date(Number(seen.since) * 1_000);
  await noteSince(deps, areMany, since, { now, until });
  return areMany && now.getTime() - (since ?? now).getTime() < patienceSeconds * 1_000;
}

async function noteSince(
  deps: PlanningDeps,
  areMany: boolean,
  since: Date | null,
  { now, until }: { now: Date; until: Date },
): Promise<void> {
  if (areMany === (since !== null)) return;
  await deps.database.update(hubPulse).set({ manySilentSince: areMany ? now : null });
  if (areMany) {
    deps.logger.warn("more than half of the clusters at work fell silent together: their leases are kept");
    // Nothing is decided by it: what it cannot tell is no reason to give leases up.
    await runStep(deps, "tell runs of the silence", undefined, () => tellSilence(deps, until));
  } else deps.logger.info("the clusters that fell silent together are back, or were given up");
}
