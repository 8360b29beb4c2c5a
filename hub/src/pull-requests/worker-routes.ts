import { createRoute, z } from "@hono/zod-openapi";
import {
  commandDutySchema,
  judgeAnswerSchema,
  judgeCommandSchema,
} from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireScope } from "../auth/require-access.ts";
import { bearerSecurity, jsonAnswer, jsonBody, problemAnswers } from "../http/route-parts.ts";
import { judgeCommand, readCommandDuty } from "./judge-command.ts";

const path = "/worker/v1/pull-requests/{pullRequest}/commands/{command}" as const;
const params = z.object({ pullRequest: z.string().max(40), command: z.string().max(40) });

/** What a pull request's workflow asks and says of commands. */
export function mountCommandWork(app: HubApp, deps: HubDeps): void {
  const common = { security: bearerSecurity, middleware: requireScope(deps, "worker") };
  const duty = createRoute({
    ...common,
    method: "get",
    path,
    summary: "Whose rights to ask the forge for",
    request: { params },
    responses: { 200: jsonAnswer(commandDutySchema, "The command"), ...problemAnswers },
  });
  const judge = createRoute({
    ...common,
    method: "post",
    path: `${path}/judge` as const,
    summary: "Do a command or refuse it, by what the forge says of its author; once",
    request: { params, body: jsonBody(judgeCommandSchema) },
    responses: { 200: jsonAnswer(judgeAnswerSchema, "What came of it"), ...problemAnswers },
  });
  app.openapi(duty, async (c) => {
    const { pullRequest, command } = c.req.valid("param");
    return c.json(await readCommandDuty(deps.database, pullRequest, command), 200);
  });
  app.openapi(judge, async (c) => {
    const { pullRequest, command } = c.req.valid("param");
    const { permission } = c.req.valid("json");
    return c.json(await judgeCommand(deps, pullRequest, command, permission), 200);
  });
}
