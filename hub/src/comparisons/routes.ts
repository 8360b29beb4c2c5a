import { createRoute, z } from "@hono/zod-openapi";
import { pageQuerySchema } from "@seatrial/contracts/http/page.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { comparisonSchema } from "@seatrial/contracts/runs/comparison.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireProject } from "../auth/require-access.ts";
import { jsonAnswer, problemAnswers, runParams, section } from "../http/route-parts.ts";
import { compareRun } from "./compare-run.ts";

const query = pageQuerySchema.extend({
  suite: z.string().max(limits.runSuiteNameCharacters).optional(),
  /** Another run of the same project. */
  with: z.string().max(40).optional(),
  /** Cases that are equal everywhere too. */
  all: z.stringbool().default(false),
});

export function mountComparisons(app: HubApp, deps: HubDeps): void {
  const compare = createRoute({
    ...section("runs"),
    method: "get",
    path: "/v1/projects/{project}/runs/{run}/comparison",
    summary: "Where outcomes differ between the places of a run, or between two runs",
    middleware: requireProject(deps, "read"),
    request: { params: runParams, query },
    responses: { 200: jsonAnswer(comparisonSchema, "Counts, and a page of cases"), ...problemAnswers },
  });
  app.openapi(compare, async (c) => {
    const { run } = c.req.valid("param");
    return c.json(await compareRun(deps, c.var.project, run, c.req.valid("query")), 200);
  });
}
