import type { Transaction } from "../database/database.ts";
import type { Wake } from "../database/transact.ts";
import { outboxChannel } from "../notifications/channels.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import type { ScheduleRow } from "./schedule-row.ts";

/** Has the worker look at a schedule, once this transaction is committed. */
export async function noteSchedule(
  tx: Transaction,
  wake: Wake,
  { id, projectId }: Pick<ScheduleRow, "id" | "projectId">,
  at: Date,
): Promise<void> {
  await writeOutboxEntry(tx, { kind: "schedule.changed", projectId, runId: null, scheduleId: id, at });
  wake(outboxChannel);
}
