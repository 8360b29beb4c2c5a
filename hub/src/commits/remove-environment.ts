import type { Actor } from "@seatrial/contracts/actor.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Transaction } from "../database/database.ts";
import type { Wake } from "../database/transact.ts";
import type { EnvironmentRow } from "../environments/environment-row.ts";
import { wishGone } from "../environments/wish-gone.ts";

/**
 * Wishes an environment of a pull request gone, whatever pins it: what is being applied is told to stop and never cut
 * short, then it is taken down. It must be locked; a repeat changes nothing.
 */
export async function removeEnvironment(
  tx: Transaction,
  wake: Wake,
  environment: EnvironmentRow,
  why: string,
  by: { actor: Actor; at: Date },
): Promise<void> {
  if (environment.wanted === "gone") return;
  const event = { type: "environment.wished" as const, data: { wanted: "gone", why } };
  await wishGone(tx, wake, environment, { ...by, event });
  const { id: subject, projectId } = environment;
  await writeAudit(tx, { projectId, ...by, action: "environment.delete", subject, data: { why } });
}
