import { createRoute, z } from "@hono/zod-openapi";
import { pageQuerySchema, pageSchema } from "@seatrial/contracts/http/page.ts";
import { connectRepositorySchema, repositorySchema } from "@seatrial/contracts/repositories/repository.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireProject, requireScope } from "../auth/require-access.ts";
import { jsonAnswer, jsonBody, problemAnswers, projectParams, section } from "../http/route-parts.ts";
import { connectRepository } from "./connect-repository.ts";
import { disconnectRepository } from "./disconnect-repository.ts";
import { findOwnRepository } from "./find-repository.ts";
import { listRepositories } from "./list-repositories.ts";
import { repositoryView } from "./repository-view.ts";

const listPath = "/v1/projects/{project}/repositories" as const;
const path = `${listPath}/{repository}` as const;
const params = projectParams.extend({ repository: z.string().max(40) });

/** Repositories whose pull requests are a project's. The platform team connects them; the project may look. */
export function mountRepositories(app: HubApp, deps: HubDeps): void {
  mountReading(app, deps);
  const admin = { ...section("repositories"), middleware: requireScope(deps, "admin") } as const;
  const connect = createRoute({
    ...admin,
    method: "post",
    path: listPath,
    summary: "Take pull requests of a repository from now on; it can be one project's only (admin)",
    request: { params: projectParams, body: jsonBody(connectRepositorySchema) },
    responses: {
      200: jsonAnswer(repositorySchema, "It was connected already"),
      201: jsonAnswer(repositorySchema, "The repository"),
      ...problemAnswers,
    },
  });
  const disconnect = createRoute({
    ...admin,
    // Also an admin's project must be the one that has it.
    middleware: [requireScope(deps, "admin"), requireProject(deps, "manage")] as const,
    method: "delete",
    path,
    summary: "Take no more of its pull requests; open ones end and their environments go (admin)",
    request: { params },
    responses: { 200: jsonAnswer(z.object({}), "It is disconnected"), ...problemAnswers },
  });
  app.openapi(connect, async (c) => {
    const { project } = c.req.valid("param");
    const answer = await connectRepository(deps, c.var.caller, project, c.req.valid("json"));
    return c.json(answer.repository, answer.created ? 201 : 200);
  });
  app.openapi(disconnect, async (c) => {
    const { repository } = c.req.valid("param");
    const { id } = await findOwnRepository(deps.database, c.var.project, repository);
    await disconnectRepository(deps, c.var.caller, id);
    return c.json({}, 200);
  });
}

function mountReading(app: HubApp, deps: HubDeps): void {
  const shared = {
    ...section("repositories"),
    method: "get",
    middleware: requireProject(deps, "read"),
  } as const;
  const list = createRoute({
    ...shared,
    path: listPath,
    summary: "The project's repositories, by name",
    request: { params: projectParams, query: pageQuerySchema },
    responses: { 200: jsonAnswer(pageSchema(repositorySchema), "A page of repositories"), ...problemAnswers },
  });
  const read = createRoute({
    ...shared,
    path,
    summary: "One repository: when it was last swept, and why the forge cannot be asked",
    request: { params },
    responses: { 200: jsonAnswer(repositorySchema, "The repository"), ...problemAnswers },
  });
  app.openapi(list, async (c) =>
    c.json(await listRepositories(deps.database, c.var.project, c.req.valid("query")), 200),
  );
  app.openapi(read, async (c) => {
    const { project } = c.var;
    const row = await findOwnRepository(deps.database, project, c.req.valid("param").repository);
    return c.json(repositoryView(row, project.name), 200);
  });
}
