import { and, asc, eq, gte } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { readBlob } from "../blobs/read-blob.ts";
import { attempts, logChunks } from "../database/schema/runs.ts";
import { decodeLogBlob, type StoredLogChunk } from "./log-blob.ts";
import { isAfter, type LogPosition } from "./log-position.ts";

type ReadDeps = Pick<HubDeps, "database" | "blobs">;

/**
 * Chunks of an attempt's output behind a position, in order: at most `limit` while they are in the database, all of
 * them once they are one blob. Index: `log_chunks_place`.
 */
export async function readChunks(
  deps: ReadDeps,
  attemptId: string,
  position: LogPosition,
  limit: number,
): Promise<StoredLogChunk[]> {
  const live = await liveChunks(deps, attemptId, position, limit);
  if (live.length > 0) return live;
  // Asked after the chunks: compaction writes the key and deletes them in one transaction.
  const [row] = await deps.database
    .select({ key: attempts.logBlobKey })
    .from(attempts)
    .where(eq(attempts.id, attemptId));
  if (!row?.key) return [];
  const all = decodeLogBlob(await readBlob(deps.blobs, row.key));
  return all.filter((chunk) => isAfter(position, chunk));
}

async function liveChunks(
  deps: ReadDeps,
  attemptId: string,
  position: LogPosition,
  limit: number,
): Promise<StoredLogChunk[]> {
  const rows = await deps.database
    .select({ offset: logChunks.offset, text: logChunks.text, gap: logChunks.gap })
    .from(logChunks)
    .where(and(eq(logChunks.attemptId, attemptId), gte(logChunks.offset, position.offset)))
    .orderBy(asc(logChunks.offset), asc(logChunks.bytes))
    .limit(limit + 1);
  return rows.filter((chunk) => isAfter(position, chunk)).slice(0, limit);
}
