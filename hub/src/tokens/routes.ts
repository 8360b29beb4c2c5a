import { createRoute, z } from "@hono/zod-openapi";
import { actorSchema } from "@seatrial/contracts/actor.ts";
import { pageQuerySchema, pageSchema } from "@seatrial/contracts/http/page.ts";
import { createdTokenSchema, createTokenSchema, tokenSchema } from "@seatrial/contracts/projects/project.ts";
import { tokenScopes } from "@seatrial/contracts/scopes.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireCaller, requireProject } from "../auth/require-access.ts";
import { jsonAnswer, jsonBody, problemAnswers, projectParams, section } from "../http/route-parts.ts";
import { createToken } from "./create-token.ts";
import { listTokens } from "./list-tokens.ts";
import { revokeToken } from "./revoke-token.ts";
import { whoAmI } from "./who-am-i.ts";

const path = "/v1/projects/{project}/tokens" as const;
const whoAmISchema = z.object({
  actor: actorSchema,
  project: z.string().nullable(),
  scopes: z.array(z.enum(tokenScopes)),
});

export function mountTokens(app: HubApp, deps: HubDeps): void {
  const shared = section("tokens");
  const manage = { ...shared, middleware: requireProject(deps, "manage") } as const;
  const create = createRoute({
    ...manage,
    method: "post",
    path,
    summary: "Make a token of this project; its secret is shown once",
    request: { params: projectParams, body: jsonBody(createTokenSchema) },
    responses: { 201: jsonAnswer(createdTokenSchema, "The token"), ...problemAnswers },
  });
  const list = createRoute({
    ...manage,
    method: "get",
    path,
    summary: "This project's tokens",
    request: { params: projectParams, query: pageQuerySchema },
    responses: { 200: jsonAnswer(pageSchema(tokenSchema), "A page of tokens"), ...problemAnswers },
  });
  const revoke = createRoute({
    ...manage,
    method: "delete",
    path: `${path}/{token}`,
    summary: "Revoke a token at once",
    request: { params: projectParams.extend({ token: z.string().max(40) }) },
    responses: { 200: jsonAnswer(tokenSchema, "The revoked token"), ...problemAnswers },
  });
  const whoami = createRoute({
    ...shared,
    middleware: requireCaller(deps),
    method: "get",
    path: "/v1/whoami",
    summary: "Whose token this is and what it may do",
    responses: { 200: jsonAnswer(whoAmISchema, "The caller"), ...problemAnswers },
  });
  app.openapi(create, async (c) =>
    c.json(await createToken(deps, c.var.caller, c.var.project, c.req.valid("json")), 201),
  );
  app.openapi(list, async (c) => c.json(await listTokens(deps, c.var.project, c.req.valid("query")), 200));
  app.openapi(revoke, async (c) =>
    c.json(await revokeToken(deps, c.var.caller, c.var.project, c.req.valid("param").token), 200),
  );
  app.openapi(whoami, async (c) => c.json(await whoAmI(deps, c.var.caller), 200));
}
