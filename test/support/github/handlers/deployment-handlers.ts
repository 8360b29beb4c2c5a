import { deploymentStatusView, deploymentView } from "../check-views.ts";
import { GitHubError } from "../github-error.ts";
import type { DeploymentState } from "../state.ts";
import { byId, type Call, type Handlers, textOf } from "./handler.ts";

export const deploymentHandlers: Handlers = {
  "repos/list-deployments": (call) => {
    const repository = call.repository();
    const matches = (deployment: DeploymentState) =>
      (["sha", "ref", "task", "environment"] as const).every((key) => {
        const wanted = call.query.get(key);
        return wanted === null || wanted === "none" || deployment[key] === wanted;
      });
    const found = repository.deployments.filter(matches).reverse();
    const items = found.map((deployment) => deploymentView(call.context, repository, deployment));
    return { status: 200, list: { items } };
  },
  "repos/create-deployment": (call) => {
    const repository = call.repository();
    const { body } = call;
    const ref = String(body.ref);
    const commit = call.context.state.resolveRef(repository, ref);
    if (commit === undefined) throw new GitHubError(422, `No ref found for: ${ref}`);
    const isOpen = repository.checks.some(
      (each) => each.headSha === commit.sha && each.conclusion !== "success",
    );
    if (body.required_contexts === undefined && isOpen)
      throw new GitHubError(409, `Conflict: Commit status checks failed for ${ref}.`);
    const deployment: DeploymentState = {
      ...{ id: call.context.state.nextId(), sha: commit.sha, ref },
      task: String(body.task ?? "deploy"),
      environment: String(body.environment ?? "production"),
      description: typeof body.description === "string" ? textOf(body.description, "description", 140) : null,
      payload: body.payload ?? {},
      isTransient: body.transient_environment === true,
      ...{ createdAt: call.context.state.now(), statuses: [] },
    };
    repository.deployments.push(deployment);
    return { status: 201, json: deploymentView(call.context, repository, deployment) };
  },
  "repos/get-deployment": (call) => {
    const deployment = byId(call.repository().deployments, call.params.deployment_id);
    return { status: 200, json: deploymentView(call.context, call.repository(), deployment) };
  },
  "repos/list-deployment-statuses": (call) => {
    const repository = call.repository();
    const deployment = byId(repository.deployments, call.params.deployment_id);
    const newestFirst = [...deployment.statuses].reverse();
    const items = newestFirst.map((each) => deploymentStatusView(call.context, repository, deployment, each));
    return { status: 200, list: { items } };
  },
  "repos/create-deployment-status": (call) => {
    const repository = call.repository();
    const { body } = call;
    const deployment = byId(repository.deployments, call.params.deployment_id);
    const status = add(call, deployment, {
      state: String(body.state),
      description: textOf(body.description, "description", 140),
      url: String(body.environment_url ?? ""),
    });
    if (status.state === "success" && body.auto_inactive !== false)
      for (const other of repository.deployments)
        if (other !== deployment && other.environment === deployment.environment && !other.isTransient)
          if (other.statuses.at(-1)?.state === "success")
            add(call, other, { state: "inactive", description: "", url: "" });
    return { status: 201, json: deploymentStatusView(call.context, repository, deployment, status) };
  },
};

function add(
  call: Call,
  deployment: DeploymentState,
  fields: { state: string; description: string; url: string },
) {
  const status = { id: call.context.state.nextId(), ...fields, createdAt: call.context.state.now() };
  deployment.statuses.push(status);
  return status;
}
