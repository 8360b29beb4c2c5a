import { createRoute } from "@hono/zod-openapi";
import { pageQuerySchema } from "@seatrial/contracts/http/page.ts";
import { placementPageSchema } from "@seatrial/contracts/placement/placement.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireProject } from "../auth/require-access.ts";
import { jsonAnswer, problemAnswers, runParams, section } from "../http/route-parts.ts";
import { findRun } from "../runs/find-run.ts";
import { listPlacement } from "./list-placement.ts";
import { placeEnvironment } from "./place-environment.ts";

export function mountPlacement(app: HubApp, deps: HubDeps): void {
  const list = createRoute({
    ...section("runs"),
    method: "get",
    path: "/v1/projects/{project}/runs/{run}/placement",
    summary: "Why each shard of a run is where it is, or why it or the run's environment waits",
    description:
      "What waits has each cluster's answer: what is against it, or nothing when the cluster takes it with its next claim. A run has no shards until its environment is there: `environment` says why that waits.",
    middleware: requireProject(deps, "read"),
    request: { params: runParams, query: pageQuerySchema },
    responses: { 200: jsonAnswer(placementPageSchema, "A page of shards"), ...problemAnswers },
  });
  app.openapi(list, async (c) => {
    const run = await findRun(deps.database, c.var.project, c.req.valid("param").run);
    const page = await listPlacement(deps, c.var.caller, run.id, c.req.valid("query"));
    return c.json({ ...page, environment: await placeEnvironment(deps, c.var.caller, run) }, 200);
  });
}
