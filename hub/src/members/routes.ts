import { createRoute, z } from "@hono/zod-openapi";
import { joinAnswerSchema, joinRequestSchema } from "@seatrial/contracts/agent-protocol/join.ts";
import { networkPolicyFindingSchema } from "@seatrial/contracts/agent-protocol/network-policy.ts";
import { type AgentProtocol, agentPath } from "@seatrial/contracts/agent-protocol/versions.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { jsonAnswer, jsonBody, problemAnswers } from "../http/route-parts.ts";
import { freshNonce, joinProof, memberProof } from "./agent-middleware.ts";
import { joinCluster } from "./join-cluster.ts";
import { noteNetworkPolicy } from "./note-network-policy.ts";
import { refuseProtocol } from "./refuse-protocol.ts";

/** What every agent route has, in whichever version: a nonce in its answer, and a version that is served. */
export function mountAgentRules(app: HubApp, deps: HubDeps): void {
  app.use("/agent/*", freshNonce(deps), refuseProtocol);
}

export function mountMembers(app: HubApp, deps: HubDeps, protocol: AgentProtocol): void {
  const join = createRoute({
    method: "post",
    path: agentPath(protocol, "join"),
    summary: "Become a member of a cluster with a one-use join token",
    security: [{ proof: [] }],
    middleware: [joinProof(deps)] as const,
    request: { body: jsonBody(joinRequestSchema) },
    responses: { 200: jsonAnswer(joinAnswerSchema, "The member"), ...problemAnswers },
  });
  const networkPolicy = createRoute({
    method: "post",
    path: agentPath(protocol, "network-policy"),
    summary: "Say whether the cluster enforces network policies",
    security: [{ proof: [] }],
    middleware: memberProof(deps),
    request: { body: jsonBody(networkPolicyFindingSchema) },
    responses: { 200: jsonAnswer(z.object({}), "Noted"), ...problemAnswers },
  });
  app.openapi(networkPolicy, async (c) => {
    await noteNetworkPolicy(deps, c.var.member, c.req.valid("json"));
    return c.json({}, 200);
  });
  app.openapi(join, async (c) => c.json(await joinCluster(deps, c.req.valid("json"), c.var.thumbprint), 200));
}
