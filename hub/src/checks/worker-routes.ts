import { createRoute, z } from "@hono/zod-openapi";
import {
  pullRequestReportSchema,
  reportedSchema,
} from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireScope } from "../auth/require-access.ts";
import { bearerSecurity, jsonAnswer, jsonBody, problemAnswers } from "../http/route-parts.ts";
import { noteReported } from "./note-reported.ts";
import { readReport } from "./read-report.ts";

const path = "/worker/v1/pull-requests/{pullRequest}" as const;
const params = z.object({ pullRequest: z.string().max(40) });

/** What the worker tells the forge, and what it says that the forge now shows. */
export function mountReportWork(app: HubApp, deps: HubDeps): void {
  const common = { security: bearerSecurity, middleware: requireScope(deps, "worker") };
  const report = createRoute({
    ...common,
    method: "get",
    path: `${path}/report` as const,
    summary: "What the forge shall show and does not show yet",
    request: { params },
    responses: {
      200: jsonAnswer(pullRequestReportSchema, "Check, comment and deployments"),
      ...problemAnswers,
    },
  });
  app.openapi(report, async (c) =>
    c.json(await readReport(deps.database, c.req.valid("param").pullRequest), 200),
  );
  const reported = createRoute({
    ...common,
    method: "post",
    path: `${path}/reported` as const,
    summary: "The forge now shows this",
    request: { params, body: jsonBody(reportedSchema) },
    responses: { 200: jsonAnswer(z.object({}), "It is noted"), ...problemAnswers },
  });
  app.openapi(reported, async (c) => {
    await noteReported(deps, c.req.valid("param").pullRequest, c.req.valid("json"));
    return c.json({}, 200);
  });
}
