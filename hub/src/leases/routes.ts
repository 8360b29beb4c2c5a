import { createRoute, z } from "@hono/zod-openapi";
import { claimAnswerSchema, claimRequestSchema } from "@seatrial/contracts/agent-protocol/claim.ts";
import {
  acknowledgeAnswerSchema,
  acknowledgeRequestSchema,
  adoptAnswerSchema,
  adoptRequestSchema,
  heartbeatAnswerSchema,
  heartbeatRequestSchema,
} from "@seatrial/contracts/agent-protocol/hold.ts";
import {
  finishAnswerSchema,
  finishRequestSchema,
  progressRequestSchema,
} from "@seatrial/contracts/agent-protocol/report.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { jsonAnswer, jsonBody, problemAnswers } from "../http/route-parts.ts";
import { memberProof } from "../members/agent-middleware.ts";
import { acknowledgeOperations } from "../operations/acknowledge-operations.ts";
import { adoptOperations } from "../operations/adopt-operations.ts";
import { acknowledgeLeases } from "./acknowledge.ts";
import { adoptLeases } from "./adopt.ts";
import { finishLease } from "./finish.ts";
import { heartbeat } from "./heartbeat.ts";
import { holdClaim } from "./hold-claim.ts";
import { noteProgress } from "./progress.ts";

/** Routes about all the work of an agent. */
export function mountLeases(app: HubApp, deps: HubDeps): void {
  const parts = <Body extends z.ZodType, Answer extends z.ZodType>(body: Body, answer: Answer) => ({
    security: [{ proof: [] }],
    middleware: memberProof(deps),
    request: { body: jsonBody(body) },
    responses: { 200: jsonAnswer(answer, "What the hub says"), ...problemAnswers },
  });
  const claim = createRoute({
    method: "post",
    path: "/agent/v1/claim",
    summary: "Ask for work and news, held until there is some",
    ...parts(claimRequestSchema, claimAnswerSchema),
  });
  app.openapi(claim, async (c) => {
    const signal = AbortSignal.any([c.req.raw.signal, deps.stopping]);
    return c.json(await holdClaim(deps, c.var.member, c.req.valid("json"), signal), 200);
  });
  const acknowledge = createRoute({
    method: "post",
    path: "/agent/v1/acknowledge",
    summary: "Take note of leases on receipt, before any pod is made",
    ...parts(acknowledgeRequestSchema, acknowledgeAnswerSchema),
  });
  app.openapi(acknowledge, async (c) => {
    const { instance, leases } = c.req.valid("json");
    const { id: memberId, role } = c.var.member;
    if (role === "provisioner")
      return c.json(await acknowledgeOperations(deps, c.var.member, { instance, leases }), 200);
    return c.json(await acknowledgeLeases(deps, { memberId, instance }, leases), 200);
  });
  const beat = createRoute({
    method: "post",
    path: "/agent/v1/heartbeat",
    summary: "Extend all leases of this instance",
    ...parts(heartbeatRequestSchema, heartbeatAnswerSchema),
  });
  app.openapi(beat, async (c) => c.json(await heartbeat(deps, c.var.member, c.req.valid("json")), 200));
  const adopt = createRoute({
    method: "post",
    path: "/agent/v1/adopt",
    summary: "Take over the leases whose pods were found after a restart",
    ...parts(adoptRequestSchema, adoptAnswerSchema),
  });
  app.openapi(adopt, async (c) => {
    const adoptAll = c.var.member.role === "agent" ? adoptLeases : adoptOperations;
    return c.json(await adoptAll(deps, c.var.member, c.req.valid("json")), 200);
  });
}

const leaseParams = z.object({ lease: z.string().max(40) });

/** Routes about one lease, each refused when the lease is stale or another member's. */
export function mountLeaseReports(app: HubApp, deps: HubDeps): void {
  const parts = <Body extends z.ZodType, Answer extends z.ZodType>(body: Body, answer: Answer) => ({
    security: [{ proof: [] }],
    middleware: memberProof(deps),
    request: { params: leaseParams, body: jsonBody(body) },
    responses: { 200: jsonAnswer(answer, "What the hub says"), ...problemAnswers },
  });
  const progress = createRoute({
    method: "post",
    path: "/agent/v1/leases/{lease}/progress",
    summary: "Say how far an attempt's pod is",
    ...parts(progressRequestSchema, z.object({ state: z.string() })),
  });
  app.openapi(progress, async (c) => {
    const { lease } = c.req.valid("param");
    return c.json(await noteProgress(deps, c.var.member, lease, c.req.valid("json")), 200);
  });
  const finish = createRoute({
    method: "post",
    path: "/agent/v1/leases/{lease}/finish",
    summary: "End an attempt: how its command ended and what was collected",
    ...parts(finishRequestSchema, finishAnswerSchema),
  });
  app.openapi(finish, async (c) => {
    const { lease } = c.req.valid("param");
    return c.json(await finishLease(deps, c.var.member, lease, c.req.valid("json")), 200);
  });
}
