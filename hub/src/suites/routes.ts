import { createRoute, z } from "@hono/zod-openapi";
import { pageQuerySchema, pageSchema } from "@seatrial/contracts/http/page.ts";
import { suiteSpecSchema } from "@seatrial/contracts/suites/suite-spec.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireProject } from "../auth/require-access.ts";
import { jsonAnswer, problemAnswers, projectParams, section } from "../http/route-parts.ts";
import { listSuites } from "./list-suites.ts";

const suiteSchema = z
  .object({ name: z.string(), spec: suiteSpecSchema, updatedAt: z.iso.datetime() })
  .meta({ id: "Suite" });

export function mountSuites(app: HubApp, deps: HubDeps): void {
  const list = createRoute({
    ...section("suites"),
    method: "get",
    path: "/v1/projects/{project}/suites",
    summary: "The project's suites as they were defined last",
    middleware: requireProject(deps, "read"),
    request: { params: projectParams, query: pageQuerySchema },
    responses: { 200: jsonAnswer(pageSchema(suiteSchema), "A page of suites"), ...problemAnswers },
  });
  app.openapi(list, async (c) => c.json(await listSuites(deps, c.var.project, c.req.valid("query")), 200));
}
