import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import { changeEnvironment, type EnvironmentChange } from "./change-environment.ts";
import type { EnvironmentRow } from "./environment-row.ts";

/** Promises that it is removed no earlier than `seconds` from now. Never shortens. Throws `environment_gone`. */
export async function extendEnvironment(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  environmentId: string,
  { seconds }: { seconds: number },
): Promise<Environment> {
  const action = "environment.extend";
  return changeEnvironment(deps, caller, project, environmentId, action, (_tx, environment, at) =>
    extension(environment, seconds, at),
  );
}

/** What it takes to keep an environment at least `seconds` from now; null: that is promised already. */
export function extension(environment: EnvironmentRow, seconds: number, at: Date): EnvironmentChange | null {
  const until = new Date(at.getTime() + seconds * 1_000);
  const { keptUntil, expiresAt } = environment;
  // Kept apart from `expiresAt`: the end of a run may bring that forward, but not below what was promised.
  if (keptUntil !== null && keptUntil >= until) return null;
  return {
    fields: { keptUntil: until, expiresAt: until > expiresAt ? until : expiresAt },
    event: { type: "environment.extended", data: { until: until.toISOString() } },
  };
}
