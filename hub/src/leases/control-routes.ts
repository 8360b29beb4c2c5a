import { createRoute, type z } from "@hono/zod-openapi";
import { claimAnswerSchema, claimRequestSchema } from "@seatrial/contracts/agent-protocol/claim.ts";
import {
  type AdoptAnswer,
  adoptAnswerSchema,
  adoptRequestSchema,
  heartbeatAnswerSchema,
  heartbeatRequestSchema,
} from "@seatrial/contracts/agent-protocol/hold.ts";
import {
  adoptAnswerV1Schema,
  adoptToV1,
  claimAnswerV1Schema,
  claimRequestV1Schema,
  claimToV1,
  heartbeatAnswerV1Schema,
  heartbeatToV1,
} from "@seatrial/contracts/agent-protocol/v1.ts";
import { type AgentProtocol, agentPath } from "@seatrial/contracts/agent-protocol/versions.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { jsonAnswer, jsonBody, problemAnswers } from "../http/route-parts.ts";
import { memberProof } from "../members/agent-middleware.ts";
import type { Member } from "../members/require-proof.ts";
import { adoptOperations } from "../operations/adopt-operations.ts";
import { adoptLeases } from "./adopt.ts";
import { heartbeat } from "./heartbeat.ts";
import { holdClaim } from "./hold-claim.ts";
import type { LookGate } from "./look-gate.ts";

/** One gate for all claims of the process, whichever version they speak. */
type ControlDeps = HubDeps & { readonly gate: LookGate };

/** Routes about all the work of an agent, in the newest version of the protocol. */
export function mountControl(app: HubApp, deps: ControlDeps): void {
  const { claim, beat, adopt } = createRoutes(deps, 2, {
    claim: { request: claimRequestSchema, answer: claimAnswerSchema },
    beat: heartbeatAnswerSchema,
    adopt: adoptAnswerSchema,
  });
  app.openapi(claim, async (c) =>
    c.json(await holdClaim(deps, c.var.member, c.req.valid("json"), goneSignal(deps, c.req.raw)), 200),
  );
  app.openapi(beat, async (c) => c.json(await heartbeat(deps, c.var.member, c.req.valid("json")), 200));
  app.openapi(adopt, async (c) => c.json(await adoptWork(deps, c.var.member, c.req.valid("json")), 200));
}

/** The same in version 1: one implementation, whose answers are put into that version's words here. */
export function mountControlV1(app: HubApp, deps: ControlDeps): void {
  const { claim, beat, adopt } = createRoutes(deps, 1, {
    claim: { request: claimRequestV1Schema, answer: claimAnswerV1Schema },
    beat: heartbeatAnswerV1Schema,
    adopt: adoptAnswerV1Schema,
  });
  app.openapi(claim, async (c) => {
    // Its agents have no disk queue.
    const request = { ...c.req.valid("json"), spool: null };
    return c.json(claimToV1(await holdClaim(deps, c.var.member, request, goneSignal(deps, c.req.raw))), 200);
  });
  app.openapi(beat, async (c) => {
    const request = c.req.valid("json");
    return c.json(heartbeatToV1(request.leases, await heartbeat(deps, c.var.member, request)), 200);
  });
  app.openapi(adopt, async (c) =>
    c.json(adoptToV1(await adoptWork(deps, c.var.member, c.req.valid("json"))), 200),
  );
}

type Schemas<Request, Claim, Beat, Adopt> = {
  claim: { request: Request; answer: Claim };
  beat: Beat;
  adopt: Adopt;
};

function createRoutes<
  Request extends z.ZodType,
  Claim extends z.ZodType,
  Beat extends z.ZodType,
  Adopt extends z.ZodType,
>(deps: HubDeps, protocol: AgentProtocol, schemas: Schemas<Request, Claim, Beat, Adopt>) {
  const parts = <Body extends z.ZodType, Answer extends z.ZodType>(body: Body, answer: Answer) => ({
    method: "post" as const,
    security: [{ proof: [] }],
    middleware: memberProof(deps),
    request: { body: jsonBody(body) },
    responses: { 200: jsonAnswer(answer, "What the hub says"), ...problemAnswers },
  });
  return {
    claim: createRoute({
      path: agentPath(protocol, "claim"),
      summary: "Ask for work and news, held until there is some",
      ...parts(schemas.claim.request, schemas.claim.answer),
    }),
    beat: createRoute({
      path: agentPath(protocol, "heartbeat"),
      summary: "Extend all leases of this instance",
      ...parts(heartbeatRequestSchema, schemas.beat),
    }),
    adopt: createRoute({
      path: agentPath(protocol, "adopt"),
      summary: "Take over the leases whose pods were found after a restart",
      ...parts(adoptRequestSchema, schemas.adopt),
    }),
  };
}

function goneSignal(deps: HubDeps, request: Request): AbortSignal {
  return AbortSignal.any([request.signal, deps.stopping]);
}

function adoptWork(
  deps: HubDeps,
  member: Member,
  request: { instance: string; leases: string[] },
): Promise<AdoptAnswer> {
  return (member.role === "agent" ? adoptLeases : adoptOperations)(deps, member, request);
}
