import { and, asc, eq, isNull } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { runs } from "../database/schema/runs.ts";
import type { Wake } from "../database/transact.ts";
import { environmentChannel, outboxChannel } from "../notifications/channels.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import { announcePullRequest } from "../pull-requests/note-pull-request.ts";
import type { EnvironmentRow } from "./environment-row.ts";

type Changed = Pick<EnvironmentRow, "id" | "projectId" | "pullRequestId">;

/**
 * Announces that something of an environment changed: to its workflow, and to all who `tellDependents` tells. Once in
 * each transaction that changes it.
 */
export async function noteChange(tx: Transaction, wake: Wake, environment: Changed, at: Date): Promise<void> {
  const { id: environmentId, projectId } = environment;
  await writeOutboxEntry(tx, { kind: "environment.changed", projectId, runId: null, environmentId, at });
  await tellDependents(tx, wake, environment, at);
}

/**
 * Announces it to the workflow of every run on it that is not over (it may wait for just this), to that of its pull
 * request, and to those who follow its events. Alone for what its own workflow does not decide by, such as its place in line.
 */
export async function tellDependents(
  tx: Transaction,
  wake: Wake,
  { id: environmentId, projectId, pullRequestId }: Changed,
  at: Date,
): Promise<void> {
  const waiting = await tx
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.environmentId, environmentId), isNull(runs.finishedAt)))
    .orderBy(asc(runs.id));
  for (const { id: runId } of waiting)
    await writeOutboxEntry(tx, { kind: "run.environment", projectId, runId, environmentId, at });
  if (pullRequestId !== null) await announcePullRequest(tx, wake, { id: pullRequestId, projectId }, at);
  wake(outboxChannel, environmentChannel(environmentId));
}
