import { mountAudit } from "../audit/routes.ts";
import { mountClusters } from "../clusters/routes.ts";
import { mountJoinTokens } from "../join-tokens/routes.ts";
import { mountProjects } from "../projects/routes.ts";
import { mountTokens } from "../tokens/routes.ts";
import type { HubApp, HubDeps } from "./hub-deps.ts";

/** Routes of people and their programs, one line per noun. */
export function mountUserRoutes(app: HubApp, deps: HubDeps): void {
  mountProjects(app, deps);
  mountTokens(app, deps);
  mountJoinTokens(app, deps);
  mountClusters(app, deps);
  mountAudit(app, deps);
}
