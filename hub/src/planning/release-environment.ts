import type { Actor } from "@seatrial/contracts/actor.ts";
import type { Verdict } from "@seatrial/contracts/runs/lifecycle.ts";
import { eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import type { Wake } from "../database/transact.ts";
import { appendEnvironmentEvents } from "../environments/append-environment-events.ts";
import type { EnvironmentRow } from "../environments/environment-row.ts";
import { lockEnvironment } from "../environments/lock-environment.ts";
import { noteChange } from "../environments/note-change.ts";
import { wishGone } from "../environments/wish-gone.ts";
import type { Run } from "../leases/attempt-context.ts";

/**
 * Ends what a run brought when it has its verdict: the environment goes with it. It stays for people to look at when the
 * run failed or errored and was asked to keep it, or when somebody extended or pinned it meanwhile; then its expiry is
 * set to that. The run must be locked.
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
  const until = keptUntil(environment, verdict, by.at);
  if (until === null) {
    const event = { type: "environment.wished" as const, data: { wanted: "gone", why } };
    await wishGone(tx, wake, environment, { ...by, event });
    return;
  }
  await tx.update(environments).set({ expiresAt: until }).where(eq(environments.id, id));
  const event = { type: "environment.extended" as const, data: { until: until.toISOString(), why } };
  await appendEnvironmentEvents(tx, { environmentId: id, projectId, ...by }, [event]);
  await noteChange(tx, wake, environment, by.at);
}

function keptUntil(environment: EnvironmentRow, verdict: Verdict, at: Date): Date | null {
  const { keepOnFailureSeconds, keptUntil: promised, pin } = environment;
  const isRed = verdict === "failed" || verdict === "errored";
  const ends = [
    at.getTime() + (isRed ? keepOnFailureSeconds : 0) * 1_000,
    promised?.getTime() ?? 0,
    pin ? new Date(pin.until).getTime() : 0,
  ];
  const end = new Date(Math.max(...ends));
  return end > at ? end : null;
}
