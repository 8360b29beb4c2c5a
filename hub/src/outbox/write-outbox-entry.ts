import type { outboxKinds } from "@seatrial/contracts/worker-protocol/outbox.ts";
import type { Transaction } from "../database/database.ts";
import { outbox } from "../database/schema/work.ts";

export type OutboxAnnouncement = {
  kind: (typeof outboxKinds)[number];
  projectId: string;
  /** Null where it is about something else. */
  runId: string | null;
  environmentId?: string | null;
  scheduleId?: string | null;
  pullRequestId?: string | null;
  repositoryId?: string | null;
  /** The suite's name, where the kind is about one. */
  suite?: string | null;
  at: Date;
};

/** Announces a change to the worker, in the change's own transaction. Wake `outboxChannel` after its commit. */
export async function writeOutboxEntry(tx: Transaction, entry: OutboxAnnouncement): Promise<void> {
  const { at, ...about } = entry;
  await tx.insert(outbox).values({ ...about, createdAt: at });
}
