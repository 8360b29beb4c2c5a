import { OpenAPIHono } from "@hono/zod-openapi";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { errorResponse, invalidRequest } from "../http/error-response.ts";
import { mountHealth } from "../http/health-routes.ts";
import { jsonBodyLimit } from "../http/json-body-limit.ts";
import { refuseUnsafeText } from "../http/refuse-unsafe-text.ts";
import { requestContext } from "../http/request-context.ts";
import type { HubApp, HubDeps, HubEnv } from "./hub-deps.ts";
import { mountInternalRoutes } from "./internal-routes.ts";
import { mountUserRoutes } from "./user-routes.ts";

/** The hub as a function from request to answer. It opens nothing, listens nowhere, and keeps no state or timer. */
export function createApp(deps: HubDeps): HubApp {
  const app: HubApp = new OpenAPIHono<HubEnv>({
    defaultHook: (result, c) => {
      if (!result.success) throw invalidRequest(result.error, result.target);
      // What clusters and forges say is reported as it is; those routes clean it instead.
      const isReport = result.target === "json" && isReportPath(c.req.path);
      if (!isReport) refuseUnsafeText(result.data, result.target);
    },
  });
  app.use(requestContext(deps), jsonBodyLimit);
  app.onError((error, c) => errorResponse(error, c, deps.logger));
  app.notFound(() => {
    throw new SeatrialError("not_found", "There is no such route: /v1/openapi.json lists them all.");
  });
  mountHealth(app, deps);
  mountUserRoutes(app, deps);
  mountInternalRoutes(app, deps);
  mountOpenApi(app, deps);
  return app;
}

const isReportPath = (path: string) =>
  path.startsWith("/agent/") ||
  /^\/worker\/v1\/(repositories\/[^/]+\/seen|pull-requests\/[^/]+\/commits\/[^/]+\/(source|images))$/.test(
    path,
  );

function mountOpenApi(app: HubApp, deps: HubDeps): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  app.openAPIRegistry.registerComponent("securitySchemes", "proof", {
    type: "apiKey",
    in: "header",
    name: "Seatrial-Proof",
    description: "A signed proof of each request; see the agent protocol.",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "webhook", {
    type: "apiKey",
    in: "header",
    name: "X-Hub-Signature-256",
    description: "HMAC with SHA-256 over the body, as GitHub makes it with the webhook's secret.",
  });
  let document: object | undefined;
  app.get("/v1/openapi.json", (c) => {
    document ??= app.getOpenAPI31Document({
      openapi: "3.1.0",
      info: { title: "Seatrial hub", version: deps.settings.version },
      servers: [{ url: deps.settings.publicUrls[0] }],
    });
    return c.json(document);
  });
}
