import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import { changeEnvironment } from "./change-environment.ts";

/** Further away is a typing error, or a thing that should be no environment. */
const longestDays = 366;

/**
 * Keeps an environment until the end that its owner (the caller) names, whatever its time to live and whatever becomes
 * of its run; `until: null` takes the pin off. A later pin replaces an earlier one. Throws `environment_gone`, and
 * `invalid_request` for an end in the past or more than a year away.
 */
export async function pinEnvironment(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  environmentId: string,
  { until, reason }: { until: string | null; reason: string },
): Promise<Environment> {
  checkEnd(until, deps.clock.now());
  const action = until === null ? "environment.unpin" : "environment.pin";
  return changeEnvironment(deps, caller, project, environmentId, action, (_tx, environment) => {
    if (until === null && !environment.pin) return null;
    const pin = until === null ? null : { owner: caller.actor, until: new Date(until).toISOString(), reason };
    return { fields: { pin }, event: { type: "environment.pinned", data: { pin } } };
  });
}

function checkEnd(until: string | null, now: Date): void {
  if (until === null) return;
  const end = new Date(until).getTime();
  if (end > now.getTime() && end - now.getTime() <= longestDays * 86_400_000) return;
  const message = `must be a time after now and within ${longestDays} days`;
  throw new SeatrialError("invalid_request", `/until: ${message}`, { fields: [{ path: "/until", message }] });
}
