import { createRoute } from "@hono/zod-openapi";
import { sweepAnswerSchema, sweepRequestSchema } from "@seatrial/contracts/agent-protocol/operation.ts";
import { type AgentProtocol, agentPath } from "@seatrial/contracts/agent-protocol/versions.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { jsonAnswer, jsonBody, problemAnswers } from "../http/route-parts.ts";
import { memberProof } from "../members/agent-middleware.ts";
import { sweepCluster } from "./sweep-cluster.ts";

export function mountSweep(app: HubApp, deps: HubDeps, protocol: AgentProtocol): void {
  const sweep = createRoute({
    method: "post",
    path: agentPath(protocol, "sweep"),
    summary: "Say which environments are in the cluster; hear which should not be",
    security: [{ proof: [] }],
    middleware: memberProof(deps),
    request: { body: jsonBody(sweepRequestSchema) },
    responses: {
      200: jsonAnswer(sweepAnswerSchema, "What to remove, and what was held back"),
      ...problemAnswers,
    },
  });
  app.openapi(sweep, async (c) => c.json(await sweepCluster(deps, c.var.member, c.req.valid("json")), 200));
}
