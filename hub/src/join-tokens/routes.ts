import { createRoute } from "@hono/zod-openapi";
import { createdJoinTokenSchema, createJoinTokenSchema } from "@seatrial/contracts/clusters/cluster.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireScope } from "../auth/require-access.ts";
import { jsonAnswer, jsonBody, problemAnswers, section } from "../http/route-parts.ts";
import { createJoinToken } from "./create-join-token.ts";

export function mountJoinTokens(app: HubApp, deps: HubDeps): void {
  const create = createRoute({
    method: "post",
    path: "/v1/join-tokens",
    summary: "Make a one-use token by which a process of a cluster joins (admin)",
    ...section("clusters"),
    middleware: requireScope(deps, "admin"),
    request: { body: jsonBody(createJoinTokenSchema) },
    responses: { 201: jsonAnswer(createdJoinTokenSchema, "The token"), ...problemAnswers },
  });
  app.openapi(create, async (c) =>
    c.json(await createJoinToken(deps, c.var.caller, c.req.valid("json")), 201),
  );
}
