import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import type { EnvironmentTemplate } from "@seatrial/contracts/environments/environment-template.ts";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import { changeEnvironment } from "./change-environment.ts";
import { templateContentId } from "./insert-environment.ts";
import { refuseFailed } from "./sleep-environment.ts";

/**
 * Gives an environment another template or content under the next generation. The latest wins: what is being applied is
 * finished first, generations in between are never applied. A sleeping one is updated when it wakes, a failed one is
 * tried again. Throws `environment_gone`, `content_missing`, and `environment_not_ready` for one that no cluster would take:
 * another template does not change what it asks of clusters.
 */
export async function updateEnvironment(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  environmentId: string,
  { template, contentSha256 }: { template: EnvironmentTemplate; contentSha256: string },
): Promise<Environment> {
  const action = "environment.update";
  return changeEnvironment(deps, caller, project, environmentId, action, async (tx, environment) => {
    if (environment.clusterId === null) refuseFailed(environment);
    const contentId = await templateContentId(tx, project, contentSha256);
    const generation = environment.generation + 1;
    const { wanted } = environment;
    return {
      fields: { template, contentSha256, contentId, generation },
      event: { type: "environment.wished", data: { wanted, generation, contentSha256 } },
    };
  });
}
