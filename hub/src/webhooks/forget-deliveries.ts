import { lt } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { deliveries } from "../database/schema/pull-requests.ts";

/** GitHub offers deliveries of the last three days again; a month is enough. */
const keptMs = 30 * 24 * 3_600_000;

/** Forgets deliveries that nobody repeats any more. Index: `forge_deliveries_received`. */
export async function forgetDeliveries({
  database,
  clock,
}: Pick<HubDeps, "database" | "clock">): Promise<void> {
  await database
    .delete(deliveries)
    .where(lt(deliveries.receivedAt, new Date(clock.now().getTime() - keptMs)));
}
