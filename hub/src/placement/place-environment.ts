import type { EnvironmentPlacement } from "@seatrial/contracts/placement/placement.ts";
import { and, eq, inArray, sql } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Caller } from "../auth/caller.ts";
import type { Queryable } from "../database/database.ts";
import { clusters } from "../database/schema/clusters.ts";
import { environments, operations } from "../database/schema/environments.ts";
import { standsInLine } from "../environments/environment-quota.ts";
import type { EnvironmentRow, OperationRow } from "../environments/environment-row.ts";
import type { RunRow } from "../runs/find-run.ts";
import { explainEnvironment } from "./explain-environment.ts";
import { waitingPart } from "./waiting-part.ts";

/** Why the environment of a run that has no shards yet waits; null for a run that waits for none. */
export async function placeEnvironment(
  deps: HubDeps,
  caller: Caller,
  run: Pick<RunRow, "state" | "environmentId">,
): Promise<EnvironmentPlacement | null> {
  if (run.environmentId === null || run.state !== "queued") return null;
  const [found] = await deps.database
    .select({ environment: environments, cluster: clusters.name })
    .from(environments)
    .leftJoin(clusters, eq(clusters.id, environments.clusterId))
    .where(eq(environments.id, run.environmentId));
  if (found === undefined) return null;
  const { environment, cluster } = found;
  const { id: environmentId, name, state, reason } = environment;
  const waiting = await explain(deps, caller, environment);
  return { environmentId, name, state, reason, cluster, waiting };
}

async function explain(deps: HubDeps, caller: Caller, environment: EnvironmentRow) {
  const open = await openOperation(deps.database, environment.id);
  if (open === undefined ? environment.state !== "requested" : open.state !== "queued") return null;
  const { projectId, clusterId, createdAt } = environment;
  const since = clusterId === null ? createdAt : (open?.createdAt ?? createdAt);
  const ahead = clusterId === null ? await countInFront(deps.database, environment) : 0;
  const waiting = { ...environment, isQueued: open !== undefined };
  const opinions = await explainEnvironment(deps.database, deps, waiting);
  return waitingPart(caller, { projectId, since, ahead }, opinions, deps.clock.now());
}

async function openOperation(
  queryable: Queryable,
  environmentId: string,
): Promise<Pick<OperationRow, "state" | "createdAt"> | undefined> {
  const [open] = await queryable
    .select({ state: operations.state, createdAt: operations.createdAt })
    .from(operations)
    .where(and(eq(operations.environmentId, environmentId), inArray(operations.state, ["queued", "leased"])));
  return open;
}

/** Environments of its project that asked before it and have no cluster either. Index: `environments_held`. */
async function countInFront(
  queryable: Queryable,
  { id, projectId, createdAt }: Pick<EnvironmentRow, "id" | "projectId" | "createdAt">,
): Promise<number> {
  const isOlder = sql`(${environments.createdAt}, ${environments.id}) < (${createdAt.toISOString()}::timestamptz, ${id})`;
  const isInFront = and(eq(environments.projectId, projectId), standsInLine, isOlder);
  return queryable.$count(environments, isInFront);
}
