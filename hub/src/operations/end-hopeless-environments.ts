import { sql } from "drizzle-orm";
import { executeRows } from "../database/execute-rows.ts";
import { transact } from "../database/transact.ts";
import { appendEnvironmentEvents } from "../environments/append-environment-events.ts";
import type { EnvironmentRow } from "../environments/environment-row.ts";
import { failUnplaced, lockUnplaced } from "../environments/fail-unplaced.ts";
import { tellDependents } from "../environments/note-change.ts";
import { orderLine } from "../environments/order-line.ts";
import { systemActor } from "../events/append-events.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import type { EnvironmentFacts } from "../placement/explain-environment.ts";
import type { ClusterFacts } from "../placement/placement-facts.ts";
import { readClusters } from "../placement/read-clusters.ts";
import type { ProvisionerFacts } from "../placement/read-provisioners.ts";
import { whyNone } from "./why-none.ts";

/** What no cluster has taken so far. */
export type LinedUp = EnvironmentFacts & Pick<EnvironmentRow, "id" | "reason" | "queuePosition">;

/** Who is there, as this look at the environments found it. */
export type Look = {
  clusters: readonly ClusterFacts[];
  provisioners: ReadonlyMap<string, ProvisionerFacts>;
  /** Since when the hub works: before it nobody could tell it of a cluster. */
  upSince: Date;
};

/**
 * Fails each of these environments that no cluster could take for `unplaceableSeconds` in which the hub worked: as with
 * shards, silent, cordoned and full clusters could, and so could one that gets a provisioner. Since when is kept as an
 * event, `environment.waiting` with `unplaceable`, and counts anew after a cluster could. While no cluster has joined,
 * nothing is known: it waits.
 */
export async function endHopelessEnvironments(
  deps: LeaseDeps,
  waiting: readonly LinedUp[],
  look: Look,
): Promise<void> {
  const marks = await readMarks(deps, waiting);
  const latest = deps.clock.now().getTime() - deps.settings.unplaceableSeconds * 1_000;
  const shortened = new Set<string>();
  for (const environment of waiting) {
    const why = isAnyJoined(look) ? whyNone(environment, look.clusters) : null;
    const since = marks.get(environment.id) ?? null;
    if ((why === null) !== (since === null)) await mark(deps, environment, why);
    else if (since !== null && Math.max(since, look.upSince.getTime()) <= latest) {
      await failUnplaced(deps, environment.id, async (tx) =>
        whyNone(environment, await readClusters(tx, deps)),
      );
      shortened.add(environment.projectId);
    }
  }
  // Once for each: who stands behind many that end together moves up once.
  for (const projectId of shortened) await orderLine(deps, projectId);
}

/** A cluster is known from its join token on; it has joined when an agent or a provisioner of it has. */
function isAnyJoined({ clusters, provisioners }: Look): boolean {
  return clusters.some(({ id, isRevoked, agent }) => !isRevoked && (agent !== null || provisioners.has(id)));
}

/** Since when each could be taken by no cluster, in milliseconds of the epoch; those that could are left out. */
async function readMarks(deps: LeaseDeps, waiting: readonly LinedUp[]): Promise<Map<string, number>> {
  const ids = waiting.map(({ id }) => id);
  const rows = await executeRows<{ id: string; since: string; unplaceable: string }>(
    deps.database,
    sql`select distinct on (environment_id) environment_id as id, data ->> 'unplaceable' as unplaceable,
          (extract(epoch from at) * 1000)::text as since
        from environment_events
        where environment_id in ${ids} and type = 'environment.waiting' and data -> 'unplaceable' is not null
        order by environment_id, number desc`,
  );
  const open = rows.filter(({ unplaceable }) => unplaceable === "true");
  return new Map(open.map(({ id, since }) => [id, Number(since)]));
}

/** That no cluster could take it from now on (`why`), or that one could again. */
async function mark(deps: LeaseDeps, { id: environmentId }: LinedUp, why: string | null): Promise<void> {
  await transact(deps, async (tx, wake) => {
    const environment = await lockUnplaced(tx, environmentId);
    if (environment === null) return;
    const { projectId, queuePosition: position } = environment;
    const reason = why === null ? null : `waits: ${why}`;
    const data = { position, reason, unplaceable: why !== null };
    const origin = { environmentId, projectId, at: deps.clock.now(), actor: systemActor };
    await appendEnvironmentEvents(tx, origin, [{ type: "environment.waiting", data }]);
    await tellDependents(tx, wake, environment, origin.at);
  });
}
