import { createRoute, z } from "@hono/zod-openapi";
import {
  environmentFactsSchema,
  giveUpSchema,
  startOperationSchema,
} from "@seatrial/contracts/worker-protocol/environments.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireScope } from "../auth/require-access.ts";
import { bearerSecurity, jsonAnswer, jsonBody, problemAnswers } from "../http/route-parts.ts";
import { expireEnvironment } from "./expire-environment.ts";
import { giveUp } from "./give-up.ts";
import { readFacts } from "./read-facts.ts";
import { startOperation } from "./start-operation.ts";

const path = "/worker/v1/environments/{environment}" as const;
const params = z.object({ environment: z.string().max(40) });

/** What an environment's workflow asks and says. Each answers the facts as they are after it. */
export function mountEnvironmentWork(app: HubApp, deps: HubDeps): void {
  const common = { security: bearerSecurity, middleware: requireScope(deps, "worker") };
  const responses = { 200: jsonAnswer(environmentFactsSchema, "The facts after it"), ...problemAnswers };
  const facts = createRoute({
    ...common,
    method: "get",
    path,
    summary: "What an environment's workflow decides by",
    request: { params },
    responses,
  });
  app.openapi(facts, async (c) => {
    const { environment } = c.req.valid("param");
    return c.json(await readFacts(deps.database, environment, deps.clock.now()), 200);
  });
  const start = createRoute({
    ...common,
    method: "post",
    path: `${path}/operations` as const,
    summary: "Queue its next operation; idempotent by number",
    request: { params, body: jsonBody(startOperationSchema) },
    responses,
  });
  app.openapi(start, async (c) => {
    const { environment } = c.req.valid("param");
    return c.json(await startOperation(deps, environment, c.req.valid("json")), 200);
  });
  const expire = createRoute({
    ...common,
    method: "post",
    path: `${path}/expire` as const,
    summary: "Wish it gone if its time is over",
    request: { params },
    responses,
  });
  app.openapi(expire, async (c) => {
    const { environment } = c.req.valid("param");
    return c.json(await expireEnvironment(deps, environment, c.var.caller.actor), 200);
  });
  const giving = createRoute({
    ...common,
    method: "post",
    path: `${path}/give-up` as const,
    summary: "Try its newest operation no more",
    request: { params, body: jsonBody(giveUpSchema) },
    responses,
  });
  app.openapi(giving, async (c) => {
    const { environment } = c.req.valid("param");
    return c.json(await giveUp(deps, environment, c.req.valid("json"), c.var.caller.actor), 200);
  });
}
