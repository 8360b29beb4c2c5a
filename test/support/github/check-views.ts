import type { JsonObject } from "./json.ts";
import type { CheckState, DeploymentState, RepositoryState } from "./state.ts";
import { appView, botLogin, fullName, toTime, userView, type ViewContext } from "./views.ts";

export function checkView(context: ViewContext, repository: RepositoryState, check: CheckState): JsonObject {
  const url = `${context.url}/repos/${fullName(repository)}/check-runs/${check.id}`;
  return {
    ...{ id: check.id, node_id: `CR_${check.id}`, name: check.name, head_sha: check.headSha, url },
    ...{ external_id: check.externalId, status: check.status, conclusion: check.conclusion },
    ...{ started_at: check.startedAt, completed_at: check.completedAt, details_url: check.detailsUrl },
    html_url: `${context.url}/${fullName(repository)}/runs/${check.id}`,
    output: {
      ...check.output,
      annotations_count: check.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: 1 },
    app: appView(context),
    pull_requests: [],
  };
}

export function deploymentView(
  context: ViewContext,
  repository: RepositoryState,
  deployment: DeploymentState,
): JsonObject {
  const url = `${context.url}/repos/${fullName(repository)}/deployments/${deployment.id}`;
  const { id, sha, ref, task, environment, description, isTransient } = deployment;
  return {
    ...{ id, node_id: `DE_${id}`, sha, ref, task, environment, description, url, payload: {} },
    ...{
      original_environment: environment,
      transient_environment: isTransient,
      production_environment: false,
    },
    ...{ created_at: toTime(deployment.createdAt), updated_at: toTime(deployment.createdAt) },
    ...{ statuses_url: `${url}/statuses`, repository_url: `${context.url}/repos/${fullName(repository)}` },
    creator: userView(context, botLogin(context.app)),
  };
}

export function deploymentStatusView(
  context: ViewContext,
  repository: RepositoryState,
  deployment: DeploymentState,
  status: DeploymentState["statuses"][number],
): JsonObject {
  const url = `${context.url}/repos/${fullName(repository)}/deployments/${deployment.id}`;
  return {
    ...{ id: status.id, node_id: `DS_${status.id}`, state: status.state, description: status.description },
    ...{ environment: deployment.environment, environment_url: status.url, target_url: "", log_url: "" },
    ...{ created_at: toTime(status.createdAt), updated_at: toTime(status.createdAt) },
    ...{ url: `${url}/statuses/${status.id}`, deployment_url: url },
    repository_url: `${context.url}/repos/${fullName(repository)}`,
    creator: userView(context, botLogin(context.app)),
  };
}
