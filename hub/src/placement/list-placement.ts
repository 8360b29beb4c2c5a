import type { Page } from "@seatrial/contracts/http/page.ts";
import type { ShardPlacement } from "@seatrial/contracts/placement/placement.ts";
import { and, asc, desc, eq, inArray, or, sql } from "drizzle-orm";
import { z } from "zod";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Caller } from "../auth/caller.ts";
import type { Queryable } from "../database/database.ts";
import { clusters } from "../database/schema/clusters.ts";
import { attempts, runSuites, shards } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import { decodeCursor, pageOf, storedInteger } from "../http/cursor.ts";
import { countAhead } from "./count-ahead.ts";
import { explainWaiting } from "./explain-waiting.ts";
import { readWaiting } from "./read-waiting.ts";
import { waitingPart } from "./waiting-part.ts";

const cursorSchema = z.tuple([storedInteger, z.enum(["list", "test"]), storedInteger]);

/** For each shard of a run why it is where it is, or why it still waits: listings first, by suite and index. */
export async function listPlacement(
  deps: HubDeps,
  caller: Caller,
  runId: string,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<ShardPlacement>> {
  const rows = await deps.database
    .select({ shard: shards, suite: runSuites.name, position: runSuites.position })
    .from(shards)
    .innerJoin(runSuites, eq(runSuites.id, shards.suiteId))
    .where(and(eq(shards.runId, runId), after(query.cursor)))
    .orderBy(asc(runSuites.position), asc(shards.kind), asc(shards.index))
    .limit(query.limit + 1);
  const page = pageOf(rows, query.limit, ({ position, shard }) => [position, shard.kind, shard.index]);
  const ids = page.items.map(({ shard }) => shard.id);
  const placed = await readPlaced(deps.database, ids);
  const waiting = await explain(deps, caller, runId, ids);
  const items = page.items.map(({ shard, suite }): ShardPlacement => {
    const { id: shardId, kind, index, state } = shard;
    const still = waiting.get(shardId) ?? null;
    const newest = still === null ? placed.get(shardId) : undefined;
    const { cluster = null, placement = null } = newest ?? {};
    return { shardId, suite, kind, index, state, cluster, reasons: placement ?? [], waiting: still };
  });
  return { ...page, items };
}

/** The newest attempt of each shard. */
async function readPlaced(queryable: Queryable, shardIds: readonly string[]) {
  if (shardIds.length === 0) return new Map<string, never>();
  const rows = await queryable
    .selectDistinctOn([attempts.shardId], {
      shardId: attempts.shardId,
      cluster: clusters.name,
      placement: attempts.placement,
    })
    .from(attempts)
    .leftJoin(clusters, eq(clusters.id, attempts.clusterId))
    .where(inArray(attempts.shardId, [...shardIds]))
    .orderBy(asc(attempts.shardId), desc(attempts.number));
  return new Map(rows.map((row) => [row.shardId, row]));
}

async function explain(deps: HubDeps, caller: Caller, runId: string, shardIds: readonly string[]) {
  const ofPage = and(eq(workItems.runId, runId), inArray(shards.id, [...shardIds]));
  const items = shardIds.length === 0 ? [] : await readWaiting(deps.database, ofPage, shardIds.length);
  const opinions = await explainWaiting(deps.database, deps, items);
  const ahead = await countAhead(deps.database, items);
  const now = deps.clock.now();
  return new Map(
    items.map(({ id, shardId, projectId, createdAt: since }) => {
      const waiter = { projectId, since, ahead: ahead.get(id) ?? 0 };
      return [shardId, waitingPart(caller, waiter, opinions.get(id) ?? [], now)];
    }),
  );
}

function after(cursor: string | undefined) {
  if (cursor === undefined) return undefined;
  const [position, kind, index] = decodeCursor(cursor, cursorSchema);
  return or(
    sql`(${runSuites.position}, ${shards.kind}) > (${position}, ${kind})`,
    and(eq(runSuites.position, position), eq(shards.kind, kind), sql`${shards.index} > ${index}`),
  );
}
