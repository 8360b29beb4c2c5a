import { createRoute } from "@hono/zod-openapi";
import {
  environmentSchema,
  extendEnvironmentSchema,
  pinEnvironmentSchema,
  updateEnvironmentSchema,
} from "@seatrial/contracts/environments/environment.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireProject } from "../auth/require-access.ts";
import { jsonAnswer, jsonBody, problemAnswers, section } from "../http/route-parts.ts";
import { deleteEnvironment } from "./delete-environment.ts";
import { extendEnvironment } from "./extend-environment.ts";
import { pinEnvironment } from "./pin-environment.ts";
import { proveEnvironment } from "./prove-environment.ts";
import { environmentParams, environmentPath } from "./route-parts.ts";
import { sleepEnvironment, wakeEnvironment } from "./sleep-environment.ts";
import { updateEnvironment } from "./update-environment.ts";

/** Requests that change an environment. They write wishes: what follows is done by its workflow and shown by its events. */
export function mountEnvironmentChanges(app: HubApp, deps: HubDeps): void {
  mountTimes(app, deps);
  mountWishes(app, deps);
  const update = createRoute({
    ...changing(deps),
    path: `${environmentPath}/update` as const,
    summary: "The same environment from another template or content; the latest update wins",
    request: { params: environmentParams, body: jsonBody(updateEnvironmentSchema) },
    responses: accepted,
  });
  app.openapi(update, async (c) => {
    const { environment } = c.req.valid("param");
    const input = c.req.valid("json");
    return c.json(await updateEnvironment(deps, c.var.caller, c.var.project, environment, input), 202);
  });
}

const changing = (deps: HubDeps) =>
  ({ ...section("environments"), method: "post", middleware: requireProject(deps, "run") }) as const;
const accepted = {
  202: jsonAnswer(environmentSchema, "The environment as it is now; its events tell the rest"),
  ...problemAnswers,
};

function mountTimes(app: HubApp, deps: HubDeps): void {
  const answered = { 200: jsonAnswer(environmentSchema, "The environment"), ...problemAnswers };
  const extend = createRoute({
    ...changing(deps),
    path: `${environmentPath}/extend` as const,
    summary: "Remove it no earlier than this long from now; never shortens",
    request: { params: environmentParams, body: jsonBody(extendEnvironmentSchema) },
    responses: answered,
  });
  const pin = createRoute({
    ...changing(deps),
    // Beyond the longest time to live, so not for every token that starts runs.
    middleware: requireProject(deps, "manage"),
    path: `${environmentPath}/pin` as const,
    summary: "Keep it until an end that its owner names, or take the pin off",
    request: { params: environmentParams, body: jsonBody(pinEnvironmentSchema) },
    responses: answered,
  });
  app.openapi(extend, async (c) => {
    const { environment } = c.req.valid("param");
    const input = c.req.valid("json");
    return c.json(await extendEnvironment(deps, c.var.caller, c.var.project, environment, input), 200);
  });
  app.openapi(pin, async (c) => {
    const { environment } = c.req.valid("param");
    const input = c.req.valid("json");
    return c.json(await pinEnvironment(deps, c.var.caller, c.var.project, environment, input), 200);
  });
}

const wishes = [
  { verb: "sleep", summary: "Scale it to zero and keep its data", change: sleepEnvironment },
  { verb: "wake", summary: "Scale it up again, as it was", change: wakeEnvironment },
  { verb: "prove", summary: "Probe its endpoints again", change: proveEnvironment },
] as const;

function mountWishes(app: HubApp, deps: HubDeps): void {
  for (const { verb, summary, change } of wishes) {
    const path = `${environmentPath}/${verb}` as const;
    const request = { params: environmentParams };
    const route = createRoute({ ...changing(deps), path, summary, request, responses: accepted });
    app.openapi(route, async (c) => {
      const { environment } = c.req.valid("param");
      return c.json(await change(deps, c.var.caller, c.var.project, environment), 202);
    });
  }
  const remove = createRoute({
    ...changing(deps),
    method: "delete",
    path: environmentPath,
    summary: "Wish it gone, for good; its proof follows",
    request: { params: environmentParams },
    responses: accepted,
  });
  app.openapi(remove, async (c) => {
    const { environment } = c.req.valid("param");
    return c.json(await deleteEnvironment(deps, c.var.caller, c.var.project, environment), 202);
  });
}
