import { and, asc, eq, inArray } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { attempts, logChunks, uncompacted } from "../database/schema/runs.ts";
import { encodeLogBlob } from "../logs/log-blob.ts";

/** At most this many attempts at a time: a tick stays short, and the next one goes on. */
const perTick = 20;

/**
 * Moves the console output of attempts that are over from the database to one blob each. Answers how many. The blob
 * is written first, so a crash in between leaves both and the next tick repeats it.
 */
export async function compactLogs(deps: Pick<HubDeps, "database" | "blobs">): Promise<number> {
  const due = await deps.database
    .select({ id: attempts.id, projectId: attempts.projectId })
    .from(attempts)
    .where(and(inArray(attempts.state, ["passed", "failed", "errored", "cancelled", "lost"]), uncompacted))
    .limit(perTick);
  for (const { id, projectId } of due) {
    const chunks = await deps.database
      .select({ offset: logChunks.offset, text: logChunks.text, gap: logChunks.gap })
      .from(logChunks)
      .where(eq(logChunks.attemptId, id))
      .orderBy(asc(logChunks.offset), asc(logChunks.bytes));
    const key = `logs/${projectId}/${id}.jsonl`;
    await deps.blobs.put(key, encodeLogBlob(chunks));
    await deps.database.transaction(async (tx) => {
      await tx.update(attempts).set({ logBlobKey: key }).where(eq(attempts.id, id));
      await tx.delete(logChunks).where(eq(logChunks.attemptId, id));
    });
  }
  return due.length;
}
