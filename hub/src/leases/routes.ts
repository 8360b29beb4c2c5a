import { createRoute, z } from "@hono/zod-openapi";
import {
  acknowledgeAnswerSchema,
  acknowledgeRequestSchema,
} from "@seatrial/contracts/agent-protocol/hold.ts";
import {
  finishAnswerSchema,
  finishRequestSchema,
  progressRequestSchema,
} from "@seatrial/contracts/agent-protocol/report.ts";
import { type AgentProtocol, agentPath } from "@seatrial/contracts/agent-protocol/versions.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { jsonAnswer, jsonBody, problemAnswers } from "../http/route-parts.ts";
import { memberProof } from "../members/agent-middleware.ts";
import { acknowledgeOperations } from "../operations/acknowledge-operations.ts";
import { acknowledgeLeases } from "./acknowledge.ts";
import { finishLease } from "./finish.ts";
import { noteProgress } from "./progress.ts";

/** Takes note of leases, of either kind. */
export function mountAcknowledge(app: HubApp, deps: HubDeps, protocol: AgentProtocol): void {
  const acknowledge = createRoute({
    method: "post",
    path: agentPath(protocol, "acknowledge"),
    summary: "Take note of leases on receipt, before any pod is made",
    security: [{ proof: [] }],
    middleware: memberProof(deps),
    request: { body: jsonBody(acknowledgeRequestSchema) },
    responses: { 200: jsonAnswer(acknowledgeAnswerSchema, "What the hub says"), ...problemAnswers },
  });
  app.openapi(acknowledge, async (c) => {
    const { instance, leases } = c.req.valid("json");
    const { id: memberId, role } = c.var.member;
    if (role === "provisioner")
      return c.json(await acknowledgeOperations(deps, c.var.member, { instance, leases }), 200);
    return c.json(await acknowledgeLeases(deps, { memberId, instance }, leases), 200);
  });
}

const leaseParams = z.object({ lease: z.string().max(40) });

/** Routes about one lease, each refused when the lease is stale or another member's. */
export function mountLeaseReports(app: HubApp, deps: HubDeps, protocol: AgentProtocol): void {
  const parts = <Body extends z.ZodType, Answer extends z.ZodType>(body: Body, answer: Answer) => ({
    security: [{ proof: [] }],
    middleware: memberProof(deps),
    request: { params: leaseParams, body: jsonBody(body) },
    responses: { 200: jsonAnswer(answer, "What the hub says"), ...problemAnswers },
  });
  const progress = createRoute({
    method: "post",
    path: agentPath(protocol, "leases/{lease}/progress"),
    summary: "Say how far an attempt's pod is",
    ...parts(progressRequestSchema, z.object({ state: z.string() })),
  });
  app.openapi(progress, async (c) => {
    const { lease } = c.req.valid("param");
    return c.json(await noteProgress(deps, c.var.member, lease, c.req.valid("json")), 200);
  });
  const finish = createRoute({
    method: "post",
    path: agentPath(protocol, "leases/{lease}/finish"),
    summary: "End an attempt: how its command ended and what was collected",
    ...parts(finishRequestSchema, finishAnswerSchema),
  });
  app.openapi(finish, async (c) => {
    const { lease } = c.req.valid("param");
    return c.json(await finishLease(deps, c.var.member, lease, c.req.valid("json")), 200);
  });
}
