import { createRoute } from "@hono/zod-openapi";
import { pageQuerySchema, pageSchema } from "@seatrial/contracts/http/page.ts";
import { shardPlacementSchema } from "@seatrial/contracts/placement/placement.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireProject } from "../auth/require-access.ts";
import { jsonAnswer, problemAnswers, runParams, section } from "../http/route-parts.ts";
import { findRun } from "../runs/find-run.ts";
import { listPlacement } from "./list-placement.ts";

export function mountPlacement(app: HubApp, deps: HubDeps): void {
  const list = createRoute({
    ...section("runs"),
    method: "get",
    path: "/v1/projects/{project}/runs/{run}/placement",
    summary: "Why each shard of a run is where it is, or why it waits",
    description:
      "A shard that waits has each cluster's answer: what is against it, or nothing when the cluster takes it with its next claim.",
    middleware: requireProject(deps, "read"),
    request: { params: runParams, query: pageQuerySchema },
    responses: { 200: jsonAnswer(pageSchema(shardPlacementSchema), "A page of shards"), ...problemAnswers },
  });
  app.openapi(list, async (c) => {
    const run = await findRun(deps.database, c.var.project, c.req.valid("param").run);
    return c.json(await listPlacement(deps, c.var.caller, run.id, c.req.valid("query")), 200);
  });
}
