import { createRoute } from "@hono/zod-openapi";
import { pageQuerySchema, pageSchema } from "@seatrial/contracts/http/page.ts";
import { createProjectSchema, projectSchema } from "@seatrial/contracts/projects/project.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireScope } from "../auth/require-access.ts";
import { jsonAnswer, jsonBody, problemAnswers, section } from "../http/route-parts.ts";
import { createProject } from "./create-project.ts";
import { listProjects } from "./list-projects.ts";

export function mountProjects(app: HubApp, deps: HubDeps): void {
  const middleware = requireScope(deps, "admin");
  const shared = { path: "/v1/projects", ...section("projects"), middleware } as const;
  const create = createRoute({
    ...shared,
    method: "post",
    summary: "Make a project (admin)",
    request: { body: jsonBody(createProjectSchema) },
    responses: { 201: jsonAnswer(projectSchema, "The project"), ...problemAnswers },
  });
  const list = createRoute({
    ...shared,
    method: "get",
    summary: "All projects, by name (admin)",
    request: { query: pageQuerySchema },
    responses: { 200: jsonAnswer(pageSchema(projectSchema), "A page of projects"), ...problemAnswers },
  });
  app.openapi(create, async (c) => c.json(await createProject(deps, c.var.caller, c.req.valid("json")), 201));
  app.openapi(list, async (c) => c.json(await listProjects(deps, c.req.valid("query")), 200));
}
