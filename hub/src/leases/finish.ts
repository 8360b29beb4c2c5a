import type { FinishRequest } from "@seatrial/contracts/agent-protocol/report.ts";
import type { Queryable } from "../database/database.ts";
import { transact } from "../database/transact.ts";
import type { Member } from "../members/require-proof.ts";
import { safeText, safeTexts } from "../reports/safe-text.ts";
import { type AttemptContext, agentActor, lockRun, readAttempt, type WorkItem } from "./attempt-context.ts";
import { plannedCases, readCaseList, readCaseResults, resultFacts } from "./attempt-results.ts";
import { decideAttempt } from "./decide-attempt.ts";
import { endAttempt } from "./end-attempt.ts";
import type { LeaseDeps } from "./lease-deps.ts";
import { findLease, lockLease } from "./open-lease.ts";
import { readAttemptAgain } from "./read-attempts.ts";

export type FinishAnswer = { state: string; duplicate: boolean };

/**
 * Ends an attempt by what its agent saw and what its helper uploaded. The same lease may repeat it and gets the same
 * answer. A lease that ended any other way is `lease_stale` and nothing is written.
 */
export async function finishLease(
  deps: LeaseDeps,
  member: Member,
  leaseId: string,
  told: FinishRequest,
): Promise<FinishAnswer> {
  // What a cluster says of a pod is untrusted, and a text that cannot be stored would make every repeat fail as well.
  const request = safeTexts(told);
  const seen = await findLease(deps.database, leaseId, member.id);
  // Files are read before the transaction: none of them changes once uploaded.
  const before = await readAttempt(deps.database, seen.attemptId);
  const planned = await plannedCases(deps.blobs, before);
  const list =
    before.shard.kind === "list" ? await readCaseList(deps.database, deps.blobs, before.attempt.id) : null;
  const repeated = await repeatedAnswer(deps.database, seen);
  if (repeated !== null) return repeated;
  return transact(deps, async (tx, wake) => {
    const at = deps.clock.now();
    const run = await lockRun(tx, seen.runId);
    const holder = { memberId: member.id, instance: request.instance };
    const item = await lockLease(tx, leaseId, holder).catch(async (error: unknown) => {
      // A repeat of this request may have been faster.
      const again = await repeatedAnswer(tx, await findLease(tx, leaseId, member.id));
      if (again === null) throw error;
      return again;
    });
    if ("duplicate" in item) return item;
    const context = await readAttemptAgain(tx, before);
    const decision = decideAttempt({
      exit: request.exit,
      mode: context.shard.kind,
      isCancelRequested: run.cancelRequestedAt !== null,
      uncollected: uncollectedOf(request),
      list:
        list === null
          ? null
          : { errors: list.errors.map(({ file, message }) => (file ? `${file}: ${message}` : message)) },
      ...resultFacts(context.suite, planned, await readCaseResults(tx, context.attempt.id)),
    });
    await endAttempt(tx, wake, run, item, context, {
      state: decision.state,
      message: safeText(decision.message),
      exit: { ...request.exit, message: request.exit.message || safeText(decision.message) },
      at,
      actor: agentActor(member),
      fields: endFields(request, context),
    });
    return { state: decision.state, duplicate: false };
  });
}

/** What the helper left out although a report was asked for; artifacts left out leave `complete` true. */
function uncollectedOf({ collected }: FinishRequest): string[] {
  if (collected === null || collected.complete) return [];
  return [...collected.skipped.map(({ path, reason }) => `${path}: ${reason}`), ...collected.errors];
}

function endFields(request: FinishRequest, { attempt }: AttemptContext) {
  const startedAt = request.startedAt === null ? attempt.startedAt : new Date(request.startedAt);
  return { startedAt, endedAt: new Date(request.endedAt), collected: request.collected };
}

/** An attempt with an exit was finished by its agent, unless the hub says so; one that was lost or cancelled has none. */
async function repeatedAnswer(queryable: Queryable, item: WorkItem): Promise<FinishAnswer | null> {
  if (item.state !== "done") return null;
  const { attempt } = await readAttempt(queryable, item.attemptId);
  if (attempt.exit?.reason === "cluster_drained") return null;
  return attempt.exit === null ? null : { state: attempt.state, duplicate: true };
}
