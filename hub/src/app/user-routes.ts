import { mountArtifacts } from "../artifacts/routes.ts";
import { mountAudit } from "../audit/routes.ts";
import { mountClusters } from "../clusters/routes.ts";
import { mountComparisons } from "../comparisons/routes.ts";
import { mountContents } from "../contents/routes.ts";
import { mountEnvironments } from "../environments/routes.ts";
import { mountEvents } from "../events/routes.ts";
import { mountJoinTokens } from "../join-tokens/routes.ts";
import { mountLogs } from "../logs/routes.ts";
import { mountPlacement } from "../placement/routes.ts";
import { mountProjects } from "../projects/routes.ts";
import { mountPullRequests } from "../pull-requests/routes.ts";
import { mountRepositories } from "../repositories/routes.ts";
import { mountResults } from "../results/routes.ts";
import { mountRuns } from "../runs/routes.ts";
import { mountSchedules } from "../schedules/routes.ts";
import { mountShards } from "../shards/routes.ts";
import { mountSuites } from "../suites/routes.ts";
import { mountTokens } from "../tokens/routes.ts";
import { mountWebhooks } from "../webhooks/routes.ts";
import type { HubApp, HubDeps } from "./hub-deps.ts";

/** Routes of people and their programs, one line per noun. */
export function mountUserRoutes(app: HubApp, deps: HubDeps): void {
  mountProjects(app, deps);
  mountTokens(app, deps);
  mountJoinTokens(app, deps);
  mountClusters(app, deps);
  mountContents(app, deps);
  mountSuites(app, deps);
  mountEnvironments(app, deps);
  mountRuns(app, deps);
  mountSchedules(app, deps);
  mountRepositories(app, deps);
  mountPullRequests(app, deps);
  mountWebhooks(app, deps);
  mountShards(app, deps);
  mountPlacement(app, deps);
  mountResults(app, deps);
  mountComparisons(app, deps);
  mountArtifacts(app, deps);
  mountLogs(app, deps);
  mountEvents(app, deps);
  mountAudit(app, deps);
}
