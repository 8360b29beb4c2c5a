import { agentProtocols } from "@seatrial/contracts/agent-protocol/versions.ts";
import { mountReportWork } from "../checks/worker-routes.ts";
import { mountCommitWork } from "../commits/worker-routes.ts";
import { mountEnvironmentWork } from "../environments/worker-routes.ts";
import { mountControl, mountControlV1 } from "../leases/control-routes.ts";
import { createLookGate } from "../leases/look-gate.ts";
import { mountAcknowledge, mountLeaseReports } from "../leases/routes.ts";
import { mountLogIntake } from "../log-intake/routes.ts";
import { mountAgentRules, mountMembers } from "../members/routes.ts";
import { mountOperations, mountStates } from "../operations/routes.ts";
import { mountOutbox } from "../outbox/routes.ts";
import { mountPlanning } from "../planning/routes.ts";
import { mountCommandWork } from "../pull-requests/worker-routes.ts";
import { mountRepositoryWork } from "../repositories/worker-routes.ts";
import { mountScheduleWork } from "../schedules/worker-routes.ts";
import { mountSweep } from "../sweep/routes.ts";
import { mountLeaseFiles, mountUploads } from "../uploads/routes.ts";
import type { HubApp, HubDeps } from "./hub-deps.ts";

/** Routes of agents, of the helper inside pods, and of the worker. */
export function mountInternalRoutes(app: HubApp, deps: HubDeps): void {
  mountAgentRules(app, deps);
  const control = { ...deps, gate: createLookGate(deps) };
  mountControl(app, control);
  mountControlV1(app, control);
  for (const protocol of agentProtocols) {
    mountMembers(app, deps, protocol);
    mountAcknowledge(app, deps, protocol);
    mountLeaseReports(app, deps, protocol);
    mountOperations(app, deps, protocol);
    mountStates(app, deps, protocol);
    mountSweep(app, deps, protocol);
    mountLogIntake(app, deps, protocol);
  }
  mountLeaseFiles(app, deps);
  mountUploads(app, deps);
  mountOutbox(app, deps);
  mountPlanning(app, deps);
  mountEnvironmentWork(app, deps);
  mountScheduleWork(app, deps);
  mountCommitWork(app, deps);
  mountRepositoryWork(app, deps);
  mountCommandWork(app, deps);
  mountReportWork(app, deps);
}
