import { createRoute, z } from "@hono/zod-openapi";
import {
  operationFinishSchema,
  operationProgressSchema,
  stateQuerySchema,
} from "@seatrial/contracts/agent-protocol/operation.ts";
import { finishAnswerSchema } from "@seatrial/contracts/agent-protocol/report.ts";
import { type AgentProtocol, agentPath } from "@seatrial/contracts/agent-protocol/versions.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { HubApp, HubDeps, HubEnv } from "../app/hub-deps.ts";
import { jsonAnswer, jsonBody, problemAnswers } from "../http/route-parts.ts";
import { memberProof } from "../members/agent-middleware.ts";
import { sendBlob } from "../uploads/send-blob.ts";
import { findState, stateMissing } from "./find-state.ts";
import { finishOperation } from "./finish-operation.ts";
import { progressOperation } from "./progress-operation.ts";
import { putState } from "./put-state.ts";

const params = z.object({ lease: z.string().max(40) });

/** Routes about one lease on an operation, each refused when the lease is stale or another member's. */
export function mountOperations(app: HubApp, deps: HubDeps, protocol: AgentProtocol): void {
  const parts = <Body extends z.ZodType, Answer extends z.ZodType>(body: Body, answer: Answer) => ({
    security: [{ proof: [] }],
    middleware: memberProof(deps),
    request: { params, body: jsonBody(body) },
    responses: { 200: jsonAnswer(answer, "What the hub says"), ...problemAnswers },
  });
  const progress = createRoute({
    method: "post",
    path: agentPath(protocol, "operations/{lease}/progress"),
    summary: "Say what an operation did, and what is in its way",
    ...parts(operationProgressSchema, z.object({ state: z.string() })),
  });
  app.openapi(progress, async (c) => {
    const { lease } = c.req.valid("param");
    return c.json(await progressOperation(deps, c.var.member, lease, c.req.valid("json")), 200);
  });
  const finish = createRoute({
    method: "post",
    path: agentPath(protocol, "operations/{lease}/finish"),
    summary: "End an operation: what is in the cluster now, or the proof that nothing is",
    ...parts(operationFinishSchema, finishAnswerSchema),
  });
  app.openapi(finish, async (c) => {
    const { lease } = c.req.valid("param");
    return c.json(await finishOperation(deps, c.var.member, lease, c.req.valid("json")), 200);
  });
}

const octets = { "application/octet-stream": { schema: { type: "string", format: "binary" } } } as const;

/** Before the proof is checked, which needs the whole body. */
const stateLimit: MiddlewareHandler<HubEnv> = bodyLimit({
  maxSize: limits.stateBytes,
  onError: () => {
    throw new SeatrialError("state_too_large", `A state has at most ${limits.stateBytes} bytes.`);
  },
});

/** An environment's encrypted state, for who holds one of its operations. */
export function mountStates(app: HubApp, deps: HubDeps, protocol: AgentProtocol): void {
  const path = agentPath(protocol, "operations/{lease}/state");
  const security = [{ proof: [] }];
  const put = createRoute({
    method: "put",
    path,
    security,
    summary: "Keep the environment's encrypted state, before the operation's end",
    middleware: [stateLimit, memberProof(deps)] as const,
    request: { params, query: stateQuerySchema, body: { required: true, content: octets } },
    responses: { 200: jsonAnswer(z.object({ bytes: z.int() }), "It is kept"), ...problemAnswers },
  });
  app.openapi(put, async (c) => {
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    const { lease } = c.req.valid("param");
    return c.json(await putState(deps, c.var.member, lease, bytes, c.req.valid("query")), 200);
  });
  const get = createRoute({
    method: "get",
    path,
    security,
    summary: "The environment's encrypted state, with the versions that made it as headers",
    middleware: memberProof(deps),
    request: { params },
    responses: { 200: { description: "The state", content: octets }, ...problemAnswers },
  });
  app.openapi(get, async (c) => {
    const { key, engine, provider } = await findState(deps, c.var.member, c.req.valid("param").lease);
    c.header("seatrial-state-engine", encodeURIComponent(engine));
    c.header("seatrial-state-provider", encodeURIComponent(provider));
    const contentType = "application/octet-stream";
    const etag = key.slice(key.lastIndexOf("/") + 1);
    return sendBlob(c, deps.blobs, { key, contentType, etag, missing: stateMissing });
  });
}
