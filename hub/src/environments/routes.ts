import { createRoute, z } from "@hono/zod-openapi";
import {
  createEnvironmentSchema,
  environmentEventSchema,
  environmentSchema,
} from "@seatrial/contracts/environments/environment.ts";
import { environmentStates } from "@seatrial/contracts/environments/lifecycle.ts";
import { objectReferenceSchema, proofSchema } from "@seatrial/contracts/environments/proof.ts";
import { pageQuerySchema, pageSchema } from "@seatrial/contracts/http/page.ts";
import { nameSchema } from "@seatrial/contracts/suites/suite-spec.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireProject } from "../auth/require-access.ts";
import { whileAllowed } from "../auth/while-allowed.ts";
import { parseLastEventId } from "../events/follow-events.ts";
import { eventStream, wantsEventStream } from "../http/event-stream.ts";
import { jsonAnswer, jsonBody, problemAnswers, projectParams, section } from "../http/route-parts.ts";
import { withoutValues } from "../http/without-values.ts";
import { mountEnvironmentChanges } from "./change-routes.ts";
import { createEnvironment } from "./create-environment.ts";
import { findEnvironment, readEnvironment } from "./find-environment.ts";
import { followEnvironmentEvents } from "./follow-environment-events.ts";
import { listEnvironments } from "./list-environments.ts";
import { listObjects } from "./list-objects.ts";
import { pageOfEnvironmentEvents } from "./read-environment-events.ts";
import { readProof } from "./read-proof.ts";
import { environmentParams, environmentPath, environmentsPath } from "./route-parts.ts";

export function mountEnvironments(app: HubApp, deps: HubDeps): void {
  mountReading(app, deps);
  mountRecords(app, deps);
  mountEvents(app, deps);
  mountEnvironmentChanges(app, deps);
  const create = createRoute({
    ...section("environments"),
    method: "post",
    path: environmentsPath,
    summary: "Ask for an environment",
    middleware: requireProject(deps, "run"),
    request: { params: projectParams, body: jsonBody(createEnvironmentSchema) },
    responses: {
      200: jsonAnswer(environmentSchema, "The environment made before with this idempotency key"),
      201: jsonAnswer(environmentSchema, "The environment, requested"),
      ...problemAnswers,
    },
  });
  app.openapi(create, async (c) => {
    const input = c.req.valid("json");
    const { created, environment } = await createEnvironment(deps, c.var.caller, c.var.project, input);
    return c.json(environment, created ? 201 : 200);
  });
}

const reading = (deps: HubDeps) =>
  ({ ...section("environments"), method: "get", middleware: requireProject(deps, "read") }) as const;

const listQuery = pageQuerySchema.extend({
  state: z.enum(environmentStates).optional(),
  name: nameSchema.optional(),
  idPrefix: z.string().min(1).max(40).optional(),
});

function mountReading(app: HubApp, deps: HubDeps): void {
  const list = createRoute({
    ...reading(deps),
    path: environmentsPath,
    summary: "The project's environments, newest first",
    request: { params: projectParams, query: listQuery },
    responses: {
      200: jsonAnswer(pageSchema(environmentSchema), "A page of environments"),
      ...problemAnswers,
    },
  });
  const read = createRoute({
    ...reading(deps),
    path: environmentPath,
    summary: "One environment with its endpoints and newest operations",
    request: { params: environmentParams },
    responses: { 200: jsonAnswer(environmentSchema, "The environment"), ...problemAnswers },
  });
  app.openapi(list, async (c) =>
    c.json(await listEnvironments(deps.database, c.var.project, c.req.valid("query")), 200),
  );
  app.openapi(read, async (c) => {
    const { environment } = c.req.valid("param");
    return c.json(await readEnvironment(deps.database, c.var.project, environment), 200);
  });
}

function mountRecords(app: HubApp, deps: HubDeps): void {
  const proof = createRoute({
    ...reading(deps),
    path: `${environmentPath}/proof` as const,
    summary: "What the last removal found at its end",
    request: { params: environmentParams },
    responses: { 200: jsonAnswer(proofSchema, "The proof"), ...problemAnswers },
  });
  const objects = createRoute({
    ...reading(deps),
    path: `${environmentPath}/objects` as const,
    summary: "What the last operation recorded in the cluster",
    request: { params: environmentParams, query: pageQuerySchema },
    responses: { 200: jsonAnswer(pageSchema(objectReferenceSchema), "A page of objects"), ...problemAnswers },
  });
  app.openapi(proof, async (c) => {
    const { environment } = c.req.valid("param");
    return c.json(readProof(await findEnvironment(deps.database, c.var.project, environment)), 200);
  });
  app.openapi(objects, async (c) => {
    const { id } = await findEnvironment(deps.database, c.var.project, c.req.valid("param").environment);
    return c.json(await listObjects(deps.database, id, c.req.valid("query")), 200);
  });
}

function mountEvents(app: HubApp, deps: HubDeps): void {
  const list = createRoute({
    ...reading(deps),
    path: `${environmentPath}/events` as const,
    summary:
      "What happened to an environment; with 'Accept: text/event-stream' as it happens, resumed by 'Last-Event-ID'",
    request: { params: environmentParams, query: pageQuerySchema },
    responses: {
      200: {
        description: "A page, oldest first; or the stream, which ends after 'environment.deleted'",
        content: {
          "application/json": { schema: pageSchema(environmentEventSchema) },
          "text/event-stream": { schema: z.string() },
        },
      },
      ...problemAnswers,
    },
  });
  app.openapi(list, async (c) => {
    const { id } = await findEnvironment(deps.database, c.var.project, c.req.valid("param").environment);
    if (!wantsEventStream(c.req.header("accept")))
      return c.json(await pageOfEnvironmentEvents(deps.database, id, c.req.valid("query")), 200);
    const lastEventId = c.req.header("last-event-id");
    // Checked here, while the answer can still be a problem.
    parseLastEventId(lastEventId);
    const authorization = c.req.header("authorization");
    return eventStream(
      [c.req.raw.signal, deps.stopping],
      (signal) => whileAllowed(deps, authorization, followEnvironmentEvents(deps, id, lastEventId, signal)),
      (error) => deps.logger.error({ err: withoutValues(error), environmentId: id }, "an event stream broke"),
    );
  });
}
