import { createRoute, z } from "@hono/zod-openapi";
import { logPositionSchema, logRequestSchema } from "@seatrial/contracts/agent-protocol/report.ts";
import { type AgentProtocol, agentPath } from "@seatrial/contracts/agent-protocol/versions.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { jsonAnswer, jsonBody, problemAnswers } from "../http/route-parts.ts";
import { memberProof } from "../members/agent-middleware.ts";
import { appendLog, readLogPosition } from "./append-log.ts";

const leaseParams = z.object({ lease: z.string().max(40) });

export function mountLogIntake(app: HubApp, deps: HubDeps, protocol: AgentProtocol): void {
  const common = {
    path: agentPath(protocol, "leases/{lease}/logs"),
    security: [{ proof: [] }],
    middleware: memberProof(deps),
    responses: { 200: jsonAnswer(logPositionSchema, "Where the output goes on"), ...problemAnswers },
  };
  const append = createRoute({
    ...common,
    method: "post",
    summary: "Add console output",
    request: { params: leaseParams, body: jsonBody(logRequestSchema) },
  });
  app.openapi(append, async (c) => {
    const { instance, ...piece } = c.req.valid("json");
    const holder = { memberId: c.var.member.id, instance };
    return c.json(await appendLog(deps, holder, c.req.valid("param").lease, piece), 200);
  });
  const position = createRoute({
    ...common,
    method: "get",
    summary: "Where the console output goes on",
    request: { params: leaseParams },
  });
  app.openapi(position, async (c) =>
    c.json(await readLogPosition(deps, c.var.member.id, c.req.valid("param").lease), 200),
  );
}
