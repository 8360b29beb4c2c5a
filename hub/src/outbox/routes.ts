import { createRoute, z } from "@hono/zod-openapi";
import {
  outboxAcknowledgeSchema,
  outboxClaimAnswerSchema,
  outboxClaimSchema,
} from "@seatrial/contracts/worker-protocol/outbox.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireScope } from "../auth/require-access.ts";
import { bearerSecurity, jsonAnswer, jsonBody, problemAnswers } from "../http/route-parts.ts";
import { acknowledgeOutbox } from "./acknowledge-outbox.ts";
import { claimOutbox } from "./claim-outbox.ts";

export function mountOutbox(app: HubApp, deps: HubDeps): void {
  const common = {
    method: "post" as const,
    security: bearerSecurity,
    middleware: requireScope(deps, "worker"),
  };
  const claim = createRoute({
    ...common,
    path: "/worker/v1/outbox/claim",
    summary: "What the worker must look at; held until there is something",
    request: { body: jsonBody(outboxClaimSchema) },
    responses: { 200: jsonAnswer(outboxClaimAnswerSchema, "Entries, oldest first"), ...problemAnswers },
  });
  app.openapi(claim, async (c) => {
    const signal = AbortSignal.any([c.req.raw.signal, deps.stopping]);
    return c.json({ entries: await claimOutbox(deps, c.req.valid("json"), signal) }, 200);
  });
  const acknowledge = createRoute({
    ...common,
    path: "/worker/v1/outbox/acknowledge",
    summary: "These entries are done",
    request: { body: jsonBody(outboxAcknowledgeSchema) },
    responses: { 200: jsonAnswer(z.object({}), "They will not come again"), ...problemAnswers },
  });
  app.openapi(acknowledge, async (c) => {
    await acknowledgeOutbox(deps.database, c.req.valid("json").ids);
    return c.json({}, 200);
  });
}
