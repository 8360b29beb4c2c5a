import type { Page } from "@seatrial/contracts/http/page.ts";
import type { LogChunk } from "@seatrial/contracts/runs/log.ts";
import { z } from "zod";
import type { HubDeps } from "../app/hub-deps.ts";
import { decodeCursor, encodeCursor, storedInteger } from "../http/cursor.ts";
import type { StoredLogChunk } from "./log-blob.ts";
import { type LogPosition, logStart, positionAfter } from "./log-position.ts";
import { type LogFilter, type LoggedAttempt, loggedAttempts } from "./logged-attempts.ts";
import { readChunks } from "./read-chunks.ts";

export type LogQuery = LogFilter & {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** Where to start in each attempt's output, in bytes. */
  readonly offset: number;
};
const cursorSchema = z.tuple([z.string(), storedInteger, z.boolean()]);

/** Console output as chunks, attempt after attempt. A page may be short; `nextCursor` says whether there is more. */
export async function listLogs(deps: HubDeps, runId: string, query: LogQuery): Promise<Page<LogChunk>> {
  const found = await loggedAttempts(deps.database, runId, query);
  let [current, position] = startOf(found, query);
  const items: LogChunk[] = [];
  for (; current < found.length && items.length < query.limit; current += 1) {
    const attempt = found[current];
    if (attempt === undefined) break;
    const left = query.limit - items.length;
    const chunks = await readChunks(deps, attempt.id, position, left + 1);
    items.push(...chunks.slice(0, left).flatMap((chunk) => cut(chunkView(attempt, chunk), query.offset)));
    const last = chunks[left - 1];
    if (chunks.length > left && last !== undefined)
      return { items, nextCursor: cursorOf(attempt, positionAfter(last)) };
    position = logStart;
  }
  const next = found[current];
  return { items, nextCursor: next === undefined ? null : cursorOf(next, logStart) };
}

/** A chunk as the API shows it. */
export function chunkView(attempt: LoggedAttempt, { offset, text, gap }: StoredLogChunk): LogChunk {
  const { id: attemptId, suite, shardIndex, number: attemptNumber } = attempt;
  return { attemptId, suite, shardIndex, attemptNumber, offset, text, gap };
}

function startOf(found: readonly LoggedAttempt[], query: LogQuery): [number, LogPosition] {
  if (query.cursor === undefined) return [0, logStart];
  const [attemptId, offset, passedGap] = decodeCursor(query.cursor, cursorSchema);
  return [
    Math.max(
      0,
      found.findIndex(({ id }) => id === attemptId),
    ),
    { offset, passedGap },
  ];
}

function cursorOf(attempt: LoggedAttempt, position: LogPosition): string {
  return encodeCursor([attempt.id, position.offset, position.passedGap]);
}

/** Leaves out what lies before a byte; nothing of a chunk that ends before it. */
function cut(chunk: LogChunk, offset: number): LogChunk[] {
  const bytes = Buffer.from(chunk.text);
  if (chunk.offset >= offset) return [chunk];
  if (chunk.offset + bytes.byteLength <= offset) return [];
  return [{ ...chunk, offset, text: bytes.subarray(offset - chunk.offset).toString("utf8"), gap: null }];
}
