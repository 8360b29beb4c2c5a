import { and, asc, eq, inArray, isNull } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { attempts, logChunks, uncompacted } from "../database/schema/runs.ts";
import { encodeLogBlob } from "../logs/log-blob.ts";

/** At most this many attempts at a time: a tick stays short, and the next one goes on. */
const perTick = 20;

/**
 * Moves the console output of attempts that are over from the database to one blob each. Answers how many. The blob
 * is written first, so a crash in between leaves both and the next tick repeats it. Ticks may overlap.
 */
export async function compactLogs(deps: Pick<HubDeps, "database" | "blobs">): Promise<number> {
  const due = await deps.database
    .select({ id: attempts.id, projectId: attempts.projectId })
    .from(attempts)
    .where(and(inArray(attempts.state, ["passed", "failed", "errored", "cancelled", "lost"]), uncompacted))
    .limit(perTick);
  let compacted = 0;
  for (const attempt of due) if (await compactOne(deps, attempt)) compacted += 1;
  return compacted;
}

async function compactOne(
  deps: Pick<HubDeps, "database" | "blobs">,
  { id, projectId }: { id: string; projectId: string },
): Promise<boolean> {
  const chunks = await deps.database
    .select({ offset: logChunks.offset, text: logChunks.text, gap: logChunks.gap })
    .from(logChunks)
    .where(eq(logChunks.attemptId, id))
    .orderBy(asc(logChunks.offset), asc(logChunks.bytes));
  // Another tick was faster: its blob has them all, and must not be replaced by nothing.
  if (chunks.length === 0) return false;
  const key = `logs/${projectId}/${id}.jsonl`;
  await deps.blobs.put(key, encodeLogBlob(chunks));
  return deps.database.transaction(async (tx) => {
    const first = await tx
      .update(attempts)
      .set({ logBlobKey: key })
      .where(and(eq(attempts.id, id), isNull(attempts.logBlobKey)))
      .returning({ id: attempts.id });
    if (first.length === 0) return false;
    const deleted = await tx
      .delete(logChunks)
      .where(eq(logChunks.attemptId, id))
      .returning({ offset: logChunks.offset });
    // Nothing is deleted that is not in the blob: thrown, so that all of it stays for the next tick.
    if (deleted.length !== chunks.length)
      throw new Error(`the output of attempt ${id} changed while it was compacted`);
    return true;
  });
}
