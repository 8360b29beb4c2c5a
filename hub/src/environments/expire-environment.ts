import type { Actor } from "@seatrial/contracts/actor.ts";
import type { EnvironmentFacts } from "@seatrial/contracts/worker-protocol/environments.ts";
import type { HubDeps } from "../app/hub-deps.ts";
import { transact } from "../database/transact.ts";
import { expiresAt } from "./expiry.ts";
import { lockEnvironment } from "./lock-environment.ts";
import { readFacts } from "./read-facts.ts";
import { wishGone } from "./wish-gone.ts";

/**
 * Wishes an environment gone if its time is over by the hub's clock; else nothing changes, as after an extension that
 * the caller did not know of. Answers the facts as they are. Throws `not_found`.
 */
export async function expireEnvironment(
  deps: Pick<HubDeps, "database" | "notifications" | "clock">,
  environmentId: string,
  actor: Actor,
): Promise<EnvironmentFacts> {
  return transact(deps, async (tx, wake) => {
    const environment = await lockEnvironment(tx, environmentId);
    const at = deps.clock.now();
    const end = expiresAt(environment);
    const event = { type: "environment.expired" as const, data: { expiresAt: end.toISOString() } };
    if (end <= at) await wishGone(tx, wake, environment, { at, actor, event });
    return readFacts(tx, environmentId, at);
  });
}
