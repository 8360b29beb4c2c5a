import { and, asc, eq, inArray } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller } from "../auth/caller.ts";
import type { Transaction } from "../database/database.ts";
import { pullRequestCommands, pullRequests, repositories } from "../database/schema/pull-requests.ts";
import { transact, type Wake } from "../database/transact.ts";
import { notePullRequest } from "../pull-requests/note-pull-request.ts";
import { lockRepository, type RepositoryRow } from "./find-repository.ts";
import { noteRepository } from "./note-repository.ts";

/**
 * Nothing of the repository counts from now on: its open pull requests are closed here, so that their runs end and their
 * environments go. Results stay. Throws `not_found`; a repeat changes nothing.
 */
export async function disconnectRepository(deps: HubDeps, { actor }: Caller, id: string): Promise<void> {
  const at = deps.clock.now();
  await transact(deps, async (tx, wake) => {
    const row = await lockRepository(tx, id, "update");
    if (row.disconnectedAt !== null) return;
    await tx.update(repositories).set({ disconnectedAt: at }).where(eq(repositories.id, id));
    const closed = await closeAll(tx, wake, row, at);
    await refuseCommands(tx, row, at);
    const { projectId, name } = row;
    const data = { name, closed };
    await writeAudit(tx, { projectId, at, actor, action: "repository.disconnect", subject: id, data });
    await noteRepository(tx, wake, row, at);
  });
}

async function closeAll(tx: Transaction, wake: Wake, { id }: RepositoryRow, at: Date): Promise<number> {
  const open = await tx
    .select()
    .from(pullRequests)
    .where(and(eq(pullRequests.repositoryId, id), eq(pullRequests.state, "open")))
    .orderBy(asc(pullRequests.id))
    .for("update");
  for (const row of open) {
    await tx.update(pullRequests).set({ state: "closed", closedAt: at }).where(eq(pullRequests.id, row.id));
    await notePullRequest(tx, wake, row, at);
  }
  return open.length;
}

/** Nobody can be asked any more who their authors are, and a workflow would wait for that for ever. */
async function refuseCommands(tx: Transaction, { id }: RepositoryRow, at: Date): Promise<void> {
  const { pullRequestId, state } = pullRequestCommands;
  const own = tx.select({ id: pullRequests.id }).from(pullRequests).where(eq(pullRequests.repositoryId, id));
  await tx
    .update(pullRequestCommands)
    .set({ state: "refused", reason: "the repository was disconnected", decidedAt: at })
    .where(and(inArray(pullRequestId, own), eq(state, "pending")));
}
