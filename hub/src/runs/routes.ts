import { createRoute, z } from "@hono/zod-openapi";
import { pageQuerySchema, pageSchema } from "@seatrial/contracts/http/page.ts";
import { runStates } from "@seatrial/contracts/runs/lifecycle.ts";
import { createRunSchema, runSchema } from "@seatrial/contracts/runs/run.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireProject } from "../auth/require-access.ts";
import {
  jsonAnswer,
  jsonBody,
  problemAnswers,
  projectParams,
  runParams,
  section,
} from "../http/route-parts.ts";
import { cancelRun } from "./cancel-run.ts";
import { createRun } from "./create-run.ts";
import { readRun } from "./find-run.ts";
import { listRuns } from "./list-runs.ts";
import { rerunRun } from "./rerun-run.ts";

const path = "/v1/projects/{project}/runs" as const;
const listQuery = pageQuerySchema.extend({
  state: z.enum(runStates).optional(),
  idPrefix: z.string().min(1).max(40).optional(),
});
const rerunSchema = z
  .object({ failed: z.boolean().default(false) })
  .strict()
  .meta({ id: "Rerun" });

export function mountRuns(app: HubApp, deps: HubDeps): void {
  mountReading(app, deps);
  const shared = { ...section("runs"), method: "post", middleware: requireProject(deps, "run") } as const;
  const create = createRoute({
    ...shared,
    path,
    summary: "Start a run",
    request: { params: projectParams, body: jsonBody(createRunSchema) },
    responses: {
      200: jsonAnswer(runSchema, "The run made before with this idempotency key"),
      201: jsonAnswer(runSchema, "The run"),
      ...problemAnswers,
    },
  });
  const cancel = createRoute({
    ...shared,
    path: `${path}/{run}/cancel` as const,
    summary: "End a run early",
    request: { params: runParams },
    responses: { 200: jsonAnswer(runSchema, "The run"), ...problemAnswers },
  });
  const rerun = createRoute({
    ...shared,
    path: `${path}/{run}/rerun` as const,
    summary: "Start a run like this one, or like what failed in it",
    request: { params: runParams, body: jsonBody(rerunSchema) },
    responses: { 201: jsonAnswer(runSchema, "The new run"), ...problemAnswers },
  });
  app.openapi(create, async (c) => {
    const { created, run } = await createRun(deps, c.var.caller, c.var.project, c.req.valid("json"));
    return c.json(run, created ? 201 : 200);
  });
  app.openapi(cancel, async (c) =>
    c.json(await cancelRun(deps, c.var.caller, c.var.project, c.req.valid("param").run), 200),
  );
  app.openapi(rerun, async (c) => {
    const { run } = c.req.valid("param");
    return c.json(await rerunRun(deps, c.var.caller, c.var.project, run, c.req.valid("json")), 201);
  });
}

function mountReading(app: HubApp, deps: HubDeps): void {
  const shared = { ...section("runs"), method: "get", middleware: requireProject(deps, "read") } as const;
  const list = createRoute({
    ...shared,
    path,
    summary: "The project's runs, newest first",
    request: { params: projectParams, query: listQuery },
    responses: { 200: jsonAnswer(pageSchema(runSchema), "A page of runs"), ...problemAnswers },
  });
  const read = createRoute({
    ...shared,
    path: `${path}/{run}` as const,
    summary: "One run with its suites and counts",
    request: { params: runParams },
    responses: { 200: jsonAnswer(runSchema, "The run"), ...problemAnswers },
  });
  app.openapi(list, async (c) => c.json(await listRuns(deps, c.var.project, c.req.valid("query")), 200));
  app.openapi(read, async (c) => c.json(await readRun(deps, c.var.project, c.req.valid("param").run), 200));
}
