import { createRoute, z } from "@hono/zod-openapi";
import { pageQuerySchema, pageSchema } from "@seatrial/contracts/http/page.ts";
import { giveCommandSchema } from "@seatrial/contracts/pull-requests/command.ts";
import {
  approveSchema,
  pullRequestSchema,
  pullRequestStates,
} from "@seatrial/contracts/pull-requests/pull-request.ts";
import { repositoryNameSchema } from "@seatrial/contracts/repositories/repository.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireProject } from "../auth/require-access.ts";
import { jsonAnswer, jsonBody, problemAnswers, projectParams, section } from "../http/route-parts.ts";
import { readPullRequest } from "./find-pull-request.ts";
import { approvePullRequest, giveCommand } from "./give-command.ts";
import { listPullRequests } from "./list-pull-requests.ts";

const listPath = "/v1/projects/{project}/pull-requests" as const;
const path = `${listPath}/{pullRequest}` as const;
const params = projectParams.extend({ pullRequest: z.string().max(40) });
const shown = { 200: jsonAnswer(pullRequestSchema, "The pull request"), ...problemAnswers };
const listQuery = pageQuerySchema.extend({
  state: z.enum(pullRequestStates).optional(),
  repository: repositoryNameSchema.optional(),
  number: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
});

/** Pull requests of a project. Who may start runs may command them; a fork's commit is approved with `manage`. */
export function mountPullRequests(app: HubApp, deps: HubDeps): void {
  mountReading(app, deps);
  const command = createRoute({
    ...section("pull requests"),
    middleware: requireProject(deps, "run"),
    method: "post",
    path: `${path}/commands` as const,
    summary: "Bring its environment again, take it down, keep it longer, or repeat what was red",
    request: { params, body: jsonBody(giveCommandSchema) },
    responses: shown,
  });
  const approve = createRoute({
    ...section("pull requests"),
    middleware: requireProject(deps, "manage"),
    method: "post",
    path: `${path}/approve` as const,
    summary: "Let this commit of a fork be applied and run, and no other",
    request: { params, body: jsonBody(approveSchema) },
    responses: shown,
  });
  app.openapi(command, async (c) => {
    const { pullRequest } = c.req.valid("param");
    const input = c.req.valid("json");
    return c.json(await giveCommand(deps, c.var.caller, c.var.project, pullRequest, input), 200);
  });
  app.openapi(approve, async (c) => {
    const { pullRequest } = c.req.valid("param");
    const { sha } = c.req.valid("json");
    return c.json(await approvePullRequest(deps, c.var.caller, c.var.project, pullRequest, sha), 200);
  });
}

function mountReading(app: HubApp, deps: HubDeps): void {
  const shared = {
    ...section("pull requests"),
    method: "get",
    middleware: requireProject(deps, "read"),
  } as const;
  const list = createRoute({
    ...shared,
    path: listPath,
    summary: "The project's pull requests, newest first",
    request: { params: projectParams, query: listQuery },
    responses: {
      200: jsonAnswer(pageSchema(pullRequestSchema), "A page of pull requests"),
      ...problemAnswers,
    },
  });
  const read = createRoute({
    ...shared,
    path,
    summary: "One pull request with its commits, environments and commands",
    request: { params },
    responses: shown,
  });
  app.openapi(list, async (c) =>
    c.json(await listPullRequests(deps.database, c.var.project, c.req.valid("query")), 200),
  );
  app.openapi(read, async (c) =>
    c.json(await readPullRequest(deps.database, c.var.project, c.req.valid("param").pullRequest), 200),
  );
}
