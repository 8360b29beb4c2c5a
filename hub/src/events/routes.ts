import { createRoute, z } from "@hono/zod-openapi";
import { pageQuerySchema, pageSchema } from "@seatrial/contracts/http/page.ts";
import { runEventSchema } from "@seatrial/contracts/runs/run-event.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireProject } from "../auth/require-access.ts";
import { whileAllowed } from "../auth/while-allowed.ts";
import { eventStream, wantsEventStream } from "../http/event-stream.ts";
import { problemAnswers, runParams, section } from "../http/route-parts.ts";
import { withoutValues } from "../http/without-values.ts";
import { findRun } from "../runs/find-run.ts";
import { followEvents, parseLastEventId } from "./follow-events.ts";
import { pageOfEvents } from "./read-events.ts";

export function mountEvents(app: HubApp, deps: HubDeps): void {
  const list = createRoute({
    ...section("runs"),
    method: "get",
    path: "/v1/projects/{project}/runs/{run}/events",
    summary:
      "What happened to a run; with 'Accept: text/event-stream' as it happens, resumed by 'Last-Event-ID'",
    middleware: requireProject(deps, "read"),
    request: { params: runParams, query: pageQuerySchema },
    responses: {
      200: {
        description: "A page, oldest first; or the stream, which ends after 'run.finished'",
        content: {
          "application/json": { schema: pageSchema(runEventSchema) },
          "text/event-stream": { schema: z.string() },
        },
      },
      ...problemAnswers,
    },
  });
  app.openapi(list, async (c) => {
    const run = await findRun(deps.database, c.var.project, c.req.valid("param").run);
    if (!wantsEventStream(c.req.header("accept")))
      return c.json(await pageOfEvents(deps.database, run.id, c.req.valid("query")), 200);
    const lastEventId = c.req.header("last-event-id");
    // Checked here, while the answer can still be a problem.
    parseLastEventId(lastEventId);
    const authorization = c.req.header("authorization");
    return eventStream(
      [c.req.raw.signal, deps.stopping],
      (signal) => whileAllowed(deps, authorization, followEvents(deps, run.id, lastEventId, signal)),
      (error) => deps.logger.error({ err: withoutValues(error), runId: run.id }, "an event stream broke"),
    );
  });
}
