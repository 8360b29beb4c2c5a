import type { Actor } from "@seatrial/contracts/actor.ts";
import type { Verdict } from "@seatrial/contracts/runs/lifecycle.ts";
import { eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import type { Wake } from "../database/transact.ts";
import { appendEnvironmentEvents } from "../environments/append-environment-events.ts";
import type { EnvironmentRow } from "../environments/environment-row.ts";
import { expiresAt } from "../environments/expiry.ts";
import { lockEnvironment } from "../environments/lock-environment.ts";
import { noteChange } from "../environments/note-change.ts";
import { wishGone } from "../environments/wish-gone.ts";
import type { Run } from "../leases/attempt-context.ts";

/**
 * Ends what a run brought when it has its verdict: the environment goes with it. It stays for people to look at when the
 * run failed or errored and was asked to keep it, or when somebody extended it meanwhile; then its expiry is set to
 * that. A pin that has not ended holds it as well, and no longer than it is there: with nothing else to hold it, it goes
 * when the pin ends or is taken off. The run must be locked.
 */
export async function releaseEnvironment(
  tx: Transaction,
  wake: Wake,
  run: Run,
  verdict: Verdict,
  by: { at: Date; actor: Actor },
): Promise<void> {
  if (run.environmentId === null || !run.environmentOwned) return;
  const environment = await lockEnvironment(tx, run.environmentId);
  const { id, projectId, wanted } = environment;
  if (wanted === "gone") return;
  const why = `its run ${run.id} is over: ${verdict}`;
  const kept = keptUntil(environment, verdict, by.at);
  const until = expiresAt({ expiresAt: kept, pin: environment.pin });
  if (until <= by.at) {
    const event = { type: "environment.wished" as const, data: { wanted: "gone", why } };
    await wishGone(tx, wake, environment, { ...by, event });
    return;
  }
  await tx.update(environments).set({ expiresAt: kept }).where(eq(environments.id, id));
  const event = { type: "environment.extended" as const, data: { until: until.toISOString(), why } };
  await appendEnvironmentEvents(tx, { environmentId: id, projectId, ...by }, [event]);
  await noteChange(tx, wake, environment, by.at);
}

/** Without the pin: `at` when nothing else holds it. */
function keptUntil(environment: EnvironmentRow, verdict: Verdict, at: Date): Date {
  const { keepOnFailureSeconds, keptUntil: promised } = environment;
  const isRed = verdict === "failed" || verdict === "errored";
  const kept = at.getTime() + (isRed ? keepOnFailureSeconds : 0) * 1_000;
  return new Date(Math.max(kept, promised?.getTime() ?? 0));
}
