import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { TokenScope } from "@seatrial/contracts/scopes.ts";
import { nameSchema } from "@seatrial/contracts/suites/suite-spec.ts";
import { eq } from "drizzle-orm";
import { createMiddleware } from "hono/factory";
import type { HubDeps, HubEnv } from "../app/hub-deps.ts";
import { projects } from "../database/schema/projects.ts";
import { authenticate } from "./authenticate.ts";
import type { Caller, ProjectRow } from "./caller.ts";

type CallerEnv = { Variables: HubEnv["Variables"] & { caller: Caller } };
type ProjectEnv = { Variables: CallerEnv["Variables"] & { project: ProjectRow } };

/** Route middleware: any valid token. The handler finds it as `c.var.caller`. */
export function requireCaller(deps: HubDeps) {
  return createMiddleware<CallerEnv>(async (c, next) => {
    c.set("caller", await authenticate(deps.database, c.req.header("authorization"), deps.clock.now()));
    await next();
  });
}

/** Route middleware: a token with this scope, as `c.var.caller`. For `admin` and `worker` routes. */
export function requireScope(deps: HubDeps, scope: TokenScope) {
  return createMiddleware<CallerEnv>(async (c, next) => {
    const caller = await authenticate(deps.database, c.req.header("authorization"), deps.clock.now());
    if (!caller.scopes.includes(scope)) throw missingScope(scope);
    c.set("caller", caller);
    await next();
  });
}

/**
 * Route middleware for `/v1/projects/{project}/…`: the caller as `c.var.caller` and the project as `c.var.project`.
 * A project of somebody else answers as one that does not exist (404); a missing scope is `forbidden`.
 */
export function requireProject(deps: HubDeps, scope: "read" | "run" | "manage") {
  return createMiddleware<ProjectEnv>(async (c, next) => {
    const caller = await authenticate(deps.database, c.req.header("authorization"), deps.clock.now());
    const name = c.req.param("project") ?? "";
    // Asked before the route's own checks: no query for what cannot be a name.
    if (!nameSchema.safeParse(name).success) throw noProject(name);
    const [project] = await deps.database
      .select({ id: projects.id, name: projects.name })
      .from(projects)
      .where(eq(projects.name, name));
    const admin = caller.scopes.includes("admin");
    if (project === undefined || !(admin || caller.projectId === project.id)) throw noProject(name);
    if (!(admin || caller.scopes.includes(scope))) throw missingScope(scope);
    c.set("caller", caller);
    c.set("project", project);
    await next();
  });
}

function noProject(name: string): SeatrialError {
  return new SeatrialError(
    "not_found",
    `There is no project "${name.slice(0, 80)}" that this token may see.`,
  );
}

function missingScope(scope: TokenScope): SeatrialError {
  return new SeatrialError("forbidden", `This token lacks the scope "${scope}".`);
}
