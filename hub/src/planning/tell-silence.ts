import { and, asc, eq, isNull, lte } from "drizzle-orm";
import { runs } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import { transact } from "../database/transact.ts";
import { appendEvents, systemActor } from "../events/append-events.ts";
import { lockRun } from "../leases/attempt-context.ts";
import { runChannel } from "../notifications/channels.ts";
import type { PlanningDeps } from "./planning-deps.ts";

/**
 * Says in the events of every run with a lease that was not beaten for since (it would end by `until`) that it waits
 * because most clusters fell silent together. Run by run: nobody waits for all of them.
 */
export async function tellSilence(deps: PlanningDeps, until: Date): Promise<void> {
  const waiting = await deps.database
    .selectDistinct({ id: runs.id })
    .from(workItems)
    .innerJoin(runs, eq(runs.id, workItems.runId))
    .where(
      and(eq(workItems.state, "leased"), lte(workItems.expiresAt, until), isNull(runs.cancelRequestedAt)),
    )
    .orderBy(asc(runs.id));
  for (const { id } of waiting)
    await transact(deps, async (tx, wake) => {
      const { projectId, finishedAt } = await lockRun(tx, id);
      if (finishedAt !== null) return;
      const origin = { runId: id, projectId, at: deps.clock.now(), actor: systemActor };
      await appendEvents(tx, origin, [{ type: "run.waiting", data: { reason: silenceReason } }]);
      wake(runChannel(id));
    });
}

const silenceReason =
  "most clusters fell silent together: what runs there is not given up for at most 10 minutes";
