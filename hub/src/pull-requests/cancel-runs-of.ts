import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { changeActor } from "../commits/change-actor.ts";
import type { Transaction } from "../database/database.ts";
import { runs } from "../database/schema/runs.ts";
import type { Wake } from "../database/transact.ts";
import { requestCancel } from "../runs/cancel-run.ts";
import type { PullRequestRow } from "./pull-request-row.ts";

/**
 * Cancels what is not over of the head commit's runs, also those that people started by hand: the commit is begun anew.
 * The pull request must be locked.
 */
export async function cancelRunsOf(
  tx: Transaction,
  wake: Wake,
  row: PullRequestRow,
  at: Date,
): Promise<void> {
  const { id, projectId, headSha } = row;
  const open = await tx
    .select()
    .from(runs)
    .where(
      and(
        eq(runs.pullRequestId, id),
        eq(runs.projectId, projectId),
        eq(sql`${runs.change} ->> 'sha'`, headSha),
        isNull(runs.finishedAt),
        isNull(runs.cancelRequestedAt),
      ),
    )
    .orderBy(asc(runs.id))
    .for("update");
  if (open.length === 0) return;
  const actor = await changeActor(tx, row);
  const why = `commit ${headSha.slice(0, 12)} is begun anew`;
  for (const run of open) await requestCancel(tx, wake, run, { actor, at }, why);
}
