import { createRoute } from "@hono/zod-openapi";
import { pageQuerySchema, pageSchema } from "@seatrial/contracts/http/page.ts";
import { auditEntrySchema } from "@seatrial/contracts/projects/project.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireProject, requireScope } from "../auth/require-access.ts";
import { jsonAnswer, problemAnswers, projectParams, section } from "../http/route-parts.ts";
import { listAudit } from "./list-audit.ts";

export function mountAudit(app: HubApp, deps: HubDeps): void {
  const shared = {
    method: "get",
    ...section("audit"),
    responses: { 200: jsonAnswer(pageSchema(auditEntrySchema), "A page, newest first"), ...problemAnswers },
  } as const;
  const ofProject = createRoute({
    ...shared,
    path: "/v1/projects/{project}/audit",
    summary: "Who did what in this project",
    middleware: requireProject(deps, "manage"),
    request: { params: projectParams, query: pageQuerySchema },
  });
  const ofAll = createRoute({
    ...shared,
    path: "/v1/audit",
    summary: "Who did what, everywhere (admin)",
    middleware: requireScope(deps, "admin"),
    request: { query: pageQuerySchema },
  });
  app.openapi(ofProject, async (c) =>
    c.json(await listAudit(deps, c.var.project.id, c.req.valid("query")), 200),
  );
  app.openapi(ofAll, async (c) => c.json(await listAudit(deps, null, c.req.valid("query")), 200));
}
