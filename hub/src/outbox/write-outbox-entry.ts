import type { outboxKinds } from "@seatrial/contracts/worker-protocol/outbox.ts";
import type { Transaction } from "../database/database.ts";
import { outbox } from "../database/schema/work.ts";

export type OutboxAnnouncement = {
  kind: (typeof outboxKinds)[number];
  projectId: string;
  /** Null where it is about an environment alone. */
  runId: string | null;
  environmentId?: string | null;
  /** The suite's name, where the kind is about one. */
  suite?: string | null;
  at: Date;
};

/** Announces a change to the worker, in the change's own transaction. Wake `outboxChannel` after its commit. */
export async function writeOutboxEntry(tx: Transaction, entry: OutboxAnnouncement): Promise<void> {
  const { kind, projectId, runId, environmentId = null, suite = null, at } = entry;
  await tx.insert(outbox).values({ kind, projectId, runId, environmentId, suite, createdAt: at });
}
