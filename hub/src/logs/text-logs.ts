import type { HubDeps } from "../app/hub-deps.ts";
import { type LogQuery, listLogs } from "./list-logs.ts";

const perPage = 200;

/** Console output as text. With several attempts, a line in front of each says whose it is; gaps are lines as well. */
export async function* textLogs(
  deps: HubDeps,
  runId: string,
  query: Omit<LogQuery, "limit" | "cursor">,
): AsyncGenerator<string> {
  let cursor: string | undefined;
  let before: string | undefined;
  do {
    const page = await listLogs(deps, runId, { ...query, limit: perPage, cursor });
    for (const chunk of page.items) {
      const several = query.attempt === undefined || before !== undefined;
      if (several && before !== chunk.attemptId)
        yield `==> ${chunk.suite} shard ${chunk.shardIndex + 1} attempt ${chunk.attemptNumber} <==\n`;
      before = chunk.attemptId;
      if (chunk.gap !== null) yield `[seatrial: output is missing here: ${chunk.gap}]\n`;
      yield chunk.text;
    }
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
