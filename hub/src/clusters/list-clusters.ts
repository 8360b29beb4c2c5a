import type { Cluster } from "@seatrial/contracts/clusters/cluster.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { Page } from "@seatrial/contracts/http/page.ts";
import { and, asc, eq, gt, or, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Caller } from "../auth/caller.ts";
import { clusters } from "../database/schema/clusters.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { clusterViews } from "./cluster-views.ts";

/** The clusters a caller may see, by name: all for `admin`, else those that may run its project's work. */
export async function listClusters(
  deps: HubDeps,
  caller: Caller,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<Cluster>> {
  const after = query.cursor === undefined ? "" : decodeCursor(query.cursor, z.string());
  const rows = await deps.database
    .select()
    .from(clusters)
    .where(and(visibleTo(caller), gt(clusters.name, after)))
    .orderBy(asc(clusters.name))
    .limit(query.limit + 1);
  const page = pageOf(rows, query.limit, (row) => row.name);
  return { ...page, items: await clusterViews(deps, caller, page.items) };
}

/** One cluster by name. Throws `not_found`, also for one the caller may not see. */
export async function readCluster(deps: HubDeps, caller: Caller, name: string): Promise<Cluster> {
  const rows = await deps.database
    .select()
    .from(clusters)
    .where(and(visibleTo(caller), eq(clusters.name, name)));
  const [view] = await clusterViews(deps, caller, rows);
  if (view === undefined) throw new SeatrialError("not_found", `There is no cluster "${name}".`);
  return view;
}

function visibleTo(caller: Caller): SQL | undefined {
  if (caller.scopes.includes("admin")) return undefined;
  const own = JSON.stringify([caller.projectId]);
  return or(
    sql`jsonb_typeof(${clusters.projectIds}) is distinct from 'array'`,
    sql`${clusters.projectIds} @> ${own}::jsonb`,
  );
}
