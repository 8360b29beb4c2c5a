import { environmentWorkflow } from "./environment/environment-workflow.ts";
import { pullRequestWorkflow } from "./pull-request/pull-request-workflow.ts";
import { repositoryWorkflow } from "./repository/repository-workflow.ts";
import { runWorkflow } from "./run/run-workflow.ts";
import { firingWorkflow } from "./schedule/firing-workflow.ts";
import { scheduleWorkflow } from "./schedule/schedule-workflow.ts";

/** What the workflow bundle holds: each export is a workflow by its name. */
export {
  environmentWorkflow,
  firingWorkflow,
  pullRequestWorkflow,
  repositoryWorkflow,
  runWorkflow,
  scheduleWorkflow,
};
