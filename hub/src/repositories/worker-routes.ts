import { createRoute, z } from "@hono/zod-openapi";
import {
  repositoryFactsSchema,
  seenSchema,
  sweepDutySchema,
} from "@seatrial/contracts/worker-protocol/repositories.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireScope } from "../auth/require-access.ts";
import { bearerSecurity, jsonAnswer, jsonBody, problemAnswers } from "../http/route-parts.ts";
import { readRepositoryFacts, readSweep, takeSeen } from "./take-seen.ts";

const path = "/worker/v1/repositories/{repository}" as const;
const params = z.object({ repository: z.string().max(40) });

/** What the workflow of a repository's sweeps asks and says. */
export function mountRepositoryWork(app: HubApp, deps: HubDeps): void {
  const common = { security: bearerSecurity, middleware: requireScope(deps, "worker") };
  const facts = createRoute({
    ...common,
    method: "get",
    path,
    summary: "What the workflow of a repository's sweeps decides by",
    request: { params },
    responses: { 200: jsonAnswer(repositoryFactsSchema, "The facts"), ...problemAnswers },
  });
  const sweep = createRoute({
    ...common,
    method: "get",
    path: `${path}/sweep` as const,
    summary: "What to ask the forge for",
    request: { params },
    responses: { 200: jsonAnswer(sweepDutySchema, "What the hub knows"), ...problemAnswers },
  });
  const seen = createRoute({
    ...common,
    method: "post",
    path: `${path}/seen` as const,
    summary: "What the forge answered, or why it could not be asked",
    request: { params, body: jsonBody(seenSchema) },
    responses: { 200: jsonAnswer(z.object({}), "It is taken"), ...problemAnswers },
  });
  app.openapi(facts, async (c) =>
    c.json(await readRepositoryFacts(deps, c.req.valid("param").repository), 200),
  );
  app.openapi(sweep, async (c) =>
    c.json(await readSweep(deps.database, c.req.valid("param").repository), 200),
  );
  app.openapi(seen, async (c) => {
    await takeSeen(deps, c.req.valid("param").repository, c.req.valid("json"));
    return c.json({}, 200);
  });
}
