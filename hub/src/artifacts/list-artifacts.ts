import type { Page } from "@seatrial/contracts/http/page.ts";
import type { Artifact } from "@seatrial/contracts/runs/artifact.ts";
import { and, asc, eq, getTableColumns, gt } from "drizzle-orm";
import { z } from "zod";
import type { Queryable } from "../database/database.ts";
import { artifacts, attempts, runSuites, shards } from "../database/schema/runs.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";

type Row = typeof artifacts.$inferSelect & { suite: string; shardIndex: number };

/** Files kept from a run's attempts, by id. */
export async function listArtifacts(
  queryable: Queryable,
  runId: string,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<Artifact>> {
  const after = query.cursor === undefined ? "" : decodeCursor(query.cursor, z.string());
  const rows = await queryable
    .select({ ...getTableColumns(artifacts), suite: runSuites.name, shardIndex: shards.index })
    .from(artifacts)
    .innerJoin(attempts, eq(attempts.id, artifacts.attemptId))
    .innerJoin(shards, eq(shards.id, attempts.shardId))
    .innerJoin(runSuites, eq(runSuites.id, shards.suiteId))
    .where(and(eq(artifacts.runId, runId), gt(artifacts.id, after)))
    .orderBy(asc(artifacts.id))
    .limit(query.limit + 1);
  const page = pageOf(rows, query.limit, (row) => row.id);
  return { ...page, items: page.items.map(artifactView) };
}

function artifactView(row: Row): Artifact {
  const { id, runId, attemptId, suite, shardIndex, kind, path, bytes, sha256 } = row;
  const createdAt = row.createdAt.toISOString();
  return { id, runId, attemptId, suite, shardIndex, kind, path, bytes, sha256, createdAt };
}
