import { createRoute, z } from "@hono/zod-openapi";
import { pageQuerySchema, pageSchema } from "@seatrial/contracts/http/page.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { resultOutcomes, runResultSchema } from "@seatrial/contracts/runs/result.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireProject } from "../auth/require-access.ts";
import { jsonAnswer, problemAnswers, runParams, section } from "../http/route-parts.ts";
import { findRun } from "../runs/find-run.ts";
import { listResults } from "./list-results.ts";

const query = pageQuerySchema.extend({
  suite: z.string().max(limits.runSuiteNameCharacters).optional(),
  outcome: z.enum(resultOutcomes).optional(),
  flaky: z.stringbool().optional(),
});

export function mountResults(app: HubApp, deps: HubDeps): void {
  const list = createRoute({
    ...section("runs"),
    method: "get",
    path: "/v1/projects/{project}/runs/{run}/results",
    summary: "The last word on each test case of a run",
    middleware: requireProject(deps, "read"),
    request: { params: runParams, query },
    responses: { 200: jsonAnswer(pageSchema(runResultSchema), "A page of results"), ...problemAnswers },
  });
  app.openapi(list, async (c) => {
    const run = await findRun(deps.database, c.var.project, c.req.valid("param").run);
    return c.json(await listResults(deps.database, run.id, c.req.valid("query")), 200);
  });
}
