import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import { changeEnvironment } from "./change-environment.ts";

/**
 * Asks for its endpoints to be probed again. Throws `environment_gone`, and `environment_not_ready` while it is asleep or
 * failed; one that is being made or changed is probed at the end of that anyway.
 */
export async function proveEnvironment(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  environmentId: string,
): Promise<Environment> {
  const action = "environment.prove";
  return changeEnvironment(deps, caller, project, environmentId, action, (_tx, environment, at) => {
    const { id, state, wanted } = environment;
    if (state === "sleeping" || state === "failed" || wanted === "sleeping")
      throw new SeatrialError(
        "environment_not_ready",
        `Environment ${id} is ${state}: ${state === "failed" ? "update it" : "wake it"} first.`,
      );
    return {
      fields: { proveAfter: at },
      event: { type: "environment.wished", data: { wanted, proveAfter: at.toISOString() } },
    };
  });
}
