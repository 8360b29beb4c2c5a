import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { OutboxEntry } from "@seatrial/contracts/worker-protocol/outbox.ts";
import type { Activities } from "../activities/activities.ts";

/** Does what an outbox entry asks for. Entries carry keys only; the activity reads the truth again. */
export async function runEntry(entry: OutboxEntry, activities: Activities): Promise<void> {
  if (entry.runId === null) return;
  switch (entry.kind) {
    case "run.created":
      await activities.planRun(entry.runId);
      return;
    case "suite.listed":
      if (entry.suite === null) throw new SeatrialError("internal", "an entry suite.listed names no suite");
      await activities.splitSuite(entry.runId, entry.suite);
      return;
    case "attempt.ended":
    case "run.cancel_requested":
      await activities.settleRun(entry.runId);
      return;
    case "run.environment":
      await activities.planRun(entry.runId);
      return;
    case "environment.changed":
      return;
  }
}

/** True when one activity answers both: the later one would read the same truth again. */
export function isSameWork(one: OutboxEntry, other: OutboxEntry): boolean {
  const settles = (entry: OutboxEntry) =>
    entry.kind === "attempt.ended" || entry.kind === "run.cancel_requested";
  if (one.runId !== other.runId) return false;
  return (settles(one) && settles(other)) || (one.kind === other.kind && one.suite === other.suite);
}
