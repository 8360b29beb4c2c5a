import { runIsOver } from "@seatrial/contracts/runs/lifecycle.ts";
import type { LogChunk } from "@seatrial/contracts/runs/log.ts";
import { eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { runs } from "../database/schema/runs.ts";
import type { ServerEvent } from "../http/event-stream.ts";
import { logChannel, runChannel } from "../notifications/channels.ts";
import { follow } from "../notifications/follow.ts";
import { chunkView } from "./list-logs.ts";
import { type LogCursor, readLogCursor } from "./log-cursor.ts";
import { positionAfter } from "./log-position.ts";
import { type LogFilter, loggedAttempts } from "./logged-attempts.ts";
import { readChunks } from "./read-chunks.ts";

const perLook = 200;
/** A request header beyond this may be refused on its way; a client then resumes a little earlier. */
const longestEventId = 8_000;

type Found = { chunk: LogChunk } | { end: string };

/**
 * A run's console output as it arrives, from where `lastEventId` left off: `chunk` events, in order within each
 * attempt, then one `end` event when the run is over and all was said. Attempts take turns, so none starves another.
 */
export async function* followLogs(
  deps: HubDeps,
  runId: string,
  options: { filter: LogFilter; lastEventId: string | undefined; signal: AbortSignal },
): AsyncGenerator<ServerEvent | null> {
  const cursor = readLogCursor(options.lastEventId);
  const look = () => lookForChunks(deps, runId, options.filter, cursor);
  const channels = [logChannel(runId), runChannel(runId)];
  for await (const found of follow<Found>(deps.notifications, channels, options.signal, look)) {
    if (found === null) {
      yield null;
      continue;
    }
    if ("chunk" in found) cursor.moveTo(found.chunk.attemptId, positionAfter(found.chunk));
    const id = cursor.encode();
    const event = "chunk" in found ? "chunk" : "end";
    const data = "chunk" in found ? found.chunk : { state: found.end };
    yield { ...(id.length <= longestEventId ? { id } : {}), event, data };
    if (event === "end") return;
  }
}

async function lookForChunks(
  deps: HubDeps,
  runId: string,
  filter: LogFilter,
  cursor: LogCursor,
): Promise<Found[]> {
  // Read before the chunks: what was written before the run's end is then seen.
  const [run] = await deps.database.select({ state: runs.state }).from(runs).where(eq(runs.id, runId));
  const found: Found[] = [];
  for (const attempt of await loggedAttempts(deps.database, runId, filter)) {
    if (cursor.isFinished(attempt)) continue;
    const chunks = await readChunks(deps, attempt.id, cursor.positionIn(attempt.id), perLook);
    // Each look would read the whole blob again only to find nothing behind its end.
    if (attempt.isCompacted && chunks.length === 0) cursor.finish(attempt);
    found.push(...chunks.map((chunk) => ({ chunk: chunkView(attempt, chunk) })));
    if (found.length >= perLook) break;
  }
  return found.length === 0 && run !== undefined && runIsOver(run.state) ? [{ end: run.state }] : found;
}
