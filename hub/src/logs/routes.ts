import { createRoute, z } from "@hono/zod-openapi";
import { pageQuerySchema, pageSchema } from "@seatrial/contracts/http/page.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { logChunkSchema } from "@seatrial/contracts/runs/log.ts";
import type { TypedResponse } from "hono";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireProject } from "../auth/require-access.ts";
import { whileAllowed } from "../auth/while-allowed.ts";
import { eventStream } from "../http/event-stream.ts";
import { problemAnswers, runParams, section } from "../http/route-parts.ts";
import { withoutValues } from "../http/without-values.ts";
import { findRun } from "../runs/find-run.ts";
import { followLogs } from "./follow-logs.ts";
import { listLogs } from "./list-logs.ts";
import { readLogCursor } from "./log-cursor.ts";
import { textLogs } from "./text-logs.ts";

const path = "/v1/projects/{project}/runs/{run}/logs" as const;
/** Of an `integer` column. */
const largest = 2_147_483_647;
const filter = z.object({
  suite: z.string().max(limits.runSuiteNameCharacters).optional(),
  shard: z.coerce.number().int().min(0).max(largest).optional(),
  attempt: z.coerce.number().int().min(1).max(largest).optional(),
});
const listQuery = pageQuerySchema.extend(filter.shape).extend({
  offset: z.coerce.number().int().min(0).max(largest).default(0),
});

export function mountLogs(app: HubApp, deps: HubDeps): void {
  mountReading(app, deps);
  const stream = createRoute({
    ...section("runs"),
    method: "get",
    path: `${path}/stream` as const,
    summary: "Console output as it arrives ('chunk' events, then 'end'), resumed by 'Last-Event-ID'",
    middleware: requireProject(deps, "read"),
    request: { params: runParams, query: filter },
    responses: {
      200: { description: "The stream", content: { "text/event-stream": { schema: z.string() } } },
      ...problemAnswers,
    },
  });
  app.openapi(stream, async (c) => {
    const run = await findRun(deps.database, c.var.project, c.req.valid("param").run);
    const lastEventId = c.req.header("last-event-id");
    // Checked here, while the answer can still be a problem.
    readLogCursor(lastEventId);
    const chosen = c.req.valid("query");
    const authorization = c.req.header("authorization");
    return eventStream(
      [c.req.raw.signal, deps.stopping],
      (signal) =>
        whileAllowed(deps, authorization, followLogs(deps, run.id, { filter: chosen, lastEventId, signal })),
      (error) => deps.logger.error({ err: withoutValues(error), runId: run.id }, "a log stream broke"),
    );
  });
}

function mountReading(app: HubApp, deps: HubDeps): void {
  const list = createRoute({
    ...section("runs"),
    method: "get",
    path,
    summary: "Console output: chunks, or with 'Accept: text/plain' all of it as text",
    middleware: requireProject(deps, "read"),
    request: { params: runParams, query: listQuery },
    responses: {
      200: {
        description: "A page of chunks, or the text",
        content: {
          "application/json": { schema: pageSchema(logChunkSchema) },
          "text/plain": { schema: z.string() },
        },
      },
      ...problemAnswers,
    },
  });
  app.openapi(list, async (c) => {
    const run = await findRun(deps.database, c.var.project, c.req.valid("param").run);
    const query = c.req.valid("query");
    if (!c.req.header("accept")?.includes("text/plain"))
      return c.json(await listLogs(deps, run.id, query), 200);
    const text = ReadableStream.from(textLogs(deps, run.id, query)).pipeThrough(new TextEncoderStream());
    const answer: Response = c.body(text, 200, { "content-type": "text/plain; charset=utf-8" });
    // The typed route knows text as one string; this one is a stream.
    return answer as Response & TypedResponse<string, 200, "text">;
  });
}
