import { randomUUID } from "node:crypto";
import { createMiddleware } from "hono/factory";
import type { HubDeps, HubEnv } from "../app/hub-deps.ts";

/** Gives each request its id, answers with it, and logs one line per request: never headers, query or body. */
export function requestContext(deps: HubDeps) {
  return createMiddleware<HubEnv>(async (c, next) => {
    const requestId = randomUUID();
    c.set("requestId", requestId);
    const started = performance.now();
    await next();
    c.res.headers.set("x-request-id", requestId);
    c.res.headers.set("x-content-type-options", "nosniff");
    const milliseconds = Math.round(performance.now() - started);
    deps.logger.debug(
      { requestId, method: c.req.method, path: c.req.path, status: c.res.status, milliseconds },
      "request",
    );
  });
}
