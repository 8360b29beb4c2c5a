import { createRoute, z } from "@hono/zod-openapi";
import { shardSchema } from "@seatrial/contracts/runs/run.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireProject } from "../auth/require-access.ts";
import { jsonAnswer, problemAnswers, runParams, section } from "../http/route-parts.ts";
import { findRun } from "../runs/find-run.ts";
import { listShards } from "./list-shards.ts";

const shardsSchema = z.object({ items: z.array(shardSchema) });

export function mountShards(app: HubApp, deps: HubDeps): void {
  const list = createRoute({
    ...section("runs"),
    method: "get",
    path: "/v1/projects/{project}/runs/{run}/shards",
    summary: "All shards of a run with their attempts",
    middleware: requireProject(deps, "read"),
    request: { params: runParams },
    responses: { 200: jsonAnswer(shardsSchema, "The shards"), ...problemAnswers },
  });
  app.openapi(list, async (c) => {
    const run = await findRun(deps.database, c.var.project, c.req.valid("param").run);
    return c.json({ items: await listShards(deps.database, run.id) }, 200);
  });
}
