import type { Transaction } from "../database/database.ts";
import type { Wake } from "../database/transact.ts";
import { outboxChannel } from "../notifications/channels.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import type { RepositoryRow } from "./find-repository.ts";

/** Has the worker look at a repository, once this transaction is committed. */
export async function noteRepository(
  tx: Transaction,
  wake: Wake,
  { id: repositoryId, projectId }: Pick<RepositoryRow, "id" | "projectId">,
  at: Date,
): Promise<void> {
  await writeOutboxEntry(tx, { kind: "repository.changed", projectId, runId: null, repositoryId, at });
  wake(outboxChannel);
}
