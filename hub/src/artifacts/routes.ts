import { createRoute, z } from "@hono/zod-openapi";
import { pageQuerySchema, pageSchema } from "@seatrial/contracts/http/page.ts";
import { artifactSchema } from "@seatrial/contracts/runs/artifact.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireProject } from "../auth/require-access.ts";
import { jsonAnswer, problemAnswers, runParams, section } from "../http/route-parts.ts";
import { findRun } from "../runs/find-run.ts";
import { downloadArtifact } from "./download-artifact.ts";
import { listArtifacts } from "./list-artifacts.ts";

const path = "/v1/projects/{project}/runs/{run}/artifacts" as const;

export function mountArtifacts(app: HubApp, deps: HubDeps): void {
  const shared = { ...section("runs"), method: "get", middleware: requireProject(deps, "read") } as const;
  const list = createRoute({
    ...shared,
    path,
    summary: "Files kept from a run's attempts",
    request: { params: runParams, query: pageQuerySchema },
    responses: { 200: jsonAnswer(pageSchema(artifactSchema), "A page of artifacts"), ...problemAnswers },
  });
  const download = createRoute({
    ...shared,
    path: `${path}/{artifact}/download` as const,
    summary: "The bytes of an artifact, always as a download",
    request: { params: runParams.extend({ artifact: z.string().max(40) }) },
    responses: {
      200: {
        description: "The bytes",
        content: { "application/octet-stream": { schema: z.string().meta({ format: "binary" }) } },
      },
      ...problemAnswers,
    },
  });
  app.openapi(list, async (c) => {
    const run = await findRun(deps.database, c.var.project, c.req.valid("param").run);
    return c.json(await listArtifacts(deps.database, run.id, c.req.valid("query")), 200);
  });
  app.openapi(download, async (c) => {
    const { run: runId, artifact } = c.req.valid("param");
    const run = await findRun(deps.database, c.var.project, runId);
    return downloadArtifact(deps, run.id, artifact);
  });
}
