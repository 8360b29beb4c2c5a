import type { PullRequestReport } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import type { RepositoryForge } from "./create-github.ts";
import { ForgeError } from "./forge-error.ts";

type DeploymentDuty = PullRequestReport["deployments"][number];

/**
 * Tells how an environment stands at a commit and answers the deployment's id: the known one, else the one of this name
 * and commit, else a new one. A new one makes that of the commit before inactive.
 */
export async function sendDeployment(forge: RepositoryForge, duty: DeploymentDuty): Promise<number> {
  if (duty.deploymentId !== null) {
    try {
      await setStatus(forge, duty.deploymentId, duty);
      return duty.deploymentId;
    } catch (error) {
      if (!(error instanceof ForgeError && error.kind === "missing")) throw error;
    }
  }
  const { request, at } = forge;
  const asked = { ...at, environment: duty.name, per_page: 10 };
  const { data } = await request("GET /repos/{owner}/{repo}/deployments", asked);
  const known = data.map((each) => ({ id: Number(each.id), sha: each.sha }));
  const id = known.find(({ sha }) => sha === duty.sha)?.id ?? (await make(forge, duty));
  await setStatus(forge, id, duty);
  // Newest first. GitHub does this by itself for lasting environments only.
  const before = known.find(({ sha }) => sha !== duty.sha);
  if (before !== undefined && before.id < id)
    await setStatus(forge, before.id, { state: "inactive", description: "a later commit", url: null });
  return id;
}

async function make({ request, at }: RepositoryForge, duty: DeploymentDuty): Promise<number> {
  const { data } = await request("POST /repos/{owner}/{repo}/deployments", {
    ...at,
    ref: duty.sha,
    environment: duty.name,
    description: duty.description,
    // Nothing is merged for it, and it waits for no other check: it is one itself.
    auto_merge: false,
    required_contexts: [],
    transient_environment: true,
    production_environment: false,
  });
  if ("id" in data) return Number(data.id);
  throw new ForgeError("refused", `GitHub made no deployment: ${String(data.message)}`);
}

async function setStatus(
  { request, at }: RepositoryForge,
  deploymentId: number,
  { state, description, url }: Pick<DeploymentDuty, "state" | "description" | "url">,
): Promise<void> {
  await request("POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses", {
    ...at,
    deployment_id: deploymentId,
    state,
    description,
    ...(url === null ? {} : { environment_url: url }),
  });
}
