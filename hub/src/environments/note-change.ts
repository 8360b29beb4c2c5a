import { and, asc, eq, isNull } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { runs } from "../database/schema/runs.ts";
import type { Wake } from "../database/transact.ts";
import { environmentChannel, outboxChannel } from "../notifications/channels.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import type { EnvironmentRow } from "./environment-row.ts";

/**
 * Announces that something of an environment changed: to its workflow, to the workflow of every run on it that is not
 * over (it may wait for just this), and to those who follow its events. Once in each transaction that changes it.
 */
export async function noteChange(
  tx: Transaction,
  wake: Wake,
  environment: Pick<EnvironmentRow, "id" | "projectId">,
  at: Date,
): Promise<void> {
  const { id: environmentId, projectId } = environment;
  await writeOutboxEntry(tx, { kind: "environment.changed", projectId, runId: null, environmentId, at });
  const waiting = await tx
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.environmentId, environmentId), isNull(runs.finishedAt)))
    .orderBy(asc(runs.id));
  for (const { id: runId } of waiting)
    await writeOutboxEntry(tx, { kind: "run.environment", projectId, runId, environmentId, at });
  wake(outboxChannel, environmentChannel(environmentId));
}
