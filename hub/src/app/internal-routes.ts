import { mountEnvironmentWork } from "../environments/worker-routes.ts";
import { mountLeaseReports, mountLeases } from "../leases/routes.ts";
import { mountLogIntake } from "../log-intake/routes.ts";
import { mountMembers } from "../members/routes.ts";
import { mountOperations, mountStates } from "../operations/routes.ts";
import { mountOutbox } from "../outbox/routes.ts";
import { mountPlanning } from "../planning/routes.ts";
import { mountSweep } from "../sweep/routes.ts";
import { mountLeaseFiles, mountUploads } from "../uploads/routes.ts";
import type { HubApp, HubDeps } from "./hub-deps.ts";

/** Routes of agents, of the helper inside pods, and of the worker. */
export function mountInternalRoutes(app: HubApp, deps: HubDeps): void {
  mountMembers(app, deps);
  mountLeases(app, deps);
  mountLeaseReports(app, deps);
  mountOperations(app, deps);
  mountStates(app, deps);
  mountSweep(app, deps);
  mountLogIntake(app, deps);
  mountLeaseFiles(app, deps);
  mountUploads(app, deps);
  mountOutbox(app, deps);
  mountPlanning(app, deps);
  mountEnvironmentWork(app, deps);
}
