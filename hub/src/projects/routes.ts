import { createRoute } from "@hono/zod-openapi";
import { pageQuerySchema, pageSchema } from "@seatrial/contracts/http/page.ts";
import {
  changeProjectSchema,
  createProjectSchema,
  projectSchema,
} from "@seatrial/contracts/projects/project.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireScope } from "../auth/require-access.ts";
import { jsonAnswer, jsonBody, problemAnswers, projectParams, section } from "../http/route-parts.ts";
import { changeProject } from "./change-project.ts";
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
  const change = createRoute({
    ...shared,
    method: "patch",
    path: "/v1/projects/{project}",
    summary: "Set how much of a project may run and how many environments it may have at once (admin)",
    request: { params: projectParams, body: jsonBody(changeProjectSchema) },
    responses: { 200: jsonAnswer(projectSchema, "The project"), ...problemAnswers },
  });
  app.openapi(create, async (c) => c.json(await createProject(deps, c.var.caller, c.req.valid("json")), 201));
  app.openapi(change, async (c) =>
    c.json(await changeProject(deps, c.var.caller, c.req.valid("param").project, c.req.valid("json")), 200),
  );
  app.openapi(list, async (c) => c.json(await listProjects(deps, c.req.valid("query")), 200));
}
