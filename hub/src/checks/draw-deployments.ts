import type { EnvironmentState } from "@seatrial/contracts/environments/lifecycle.ts";
import type { PullRequestReport } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { digestOf } from "./digest.ts";
import type { ReportWorld, ShownEnvironment } from "./report-world.ts";
import { isAddress, plain } from "./safe-markdown.ts";

export type Deployment = PullRequestReport["deployments"][number];

const states: Record<EnvironmentState, [Deployment["state"], string]> = {
  requested: ["queued", "It waits for its place"],
  placed: ["in_progress", "It is being made"],
  creating: ["in_progress", "It is being made"],
  ready: ["success", "It is ready"],
  updating: ["in_progress", "It is being brought to this commit"],
  sleeping: ["inactive", "It sleeps: /seatrial up wakes it"],
  failed: ["failure", "It could not be made"],
  // The steps of a removal are told by the comment: one news less for the forge.
  deleting: ["inactive", "It is taken down"],
  stuck: ["inactive", "It is taken down"],
  deleted: ["inactive", "It is taken down"],
};

/**
 * A deployment for each environment at the commit that it stands at. One that is gone is told as inactive where the forge
 * knows of it, and else not at all.
 */
export function drawDeployments({ pullRequest, environments }: ReportWorld): Deployment[] {
  return environments.flatMap((environment) => {
    const known = environment.deploymentSha === environment.sha ? environment.deploymentId : null;
    const deployment = drawDeployment(environment, pullRequest.number, known);
    const isNews = deployment.state !== "inactive" || environment.deploymentId !== null;
    return isNews ? [deployment] : [];
  });
}

function drawDeployment(
  environment: ShownEnvironment,
  pullRequest: number,
  deploymentId: number | null,
): Deployment {
  const { environmentId, name, sha } = environment;
  const [state, description] = stateOf(environment);
  const open = environment.endpoints.find(({ reach, url }) => reach === "network" && isAddress(url));
  const drawn = {
    environmentId,
    name: `pr-${pullRequest}/${name}`,
    sha,
    state,
    description: plain(description, 140),
    url: state === "success" ? (open?.url ?? null) : null,
  };
  return { ...drawn, deploymentId, digest: digestOf(drawn) };
}

function stateOf({ state, wanted, failure }: ShownEnvironment): [Deployment["state"], string] {
  if (wanted === "gone") return states.deleted;
  if (state === "failed" && failure !== null) return ["failure", `It could not be made: ${failure.message}`];
  return states[state];
}
