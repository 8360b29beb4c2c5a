import type { Actor } from "@seatrial/contracts/actor.ts";
import { and, asc, eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { attempts, runSuites, shards } from "../database/schema/runs.ts";
import { transact, type Wake } from "../database/transact.ts";
import { appendEvents, type NewEvent } from "../events/append-events.ts";
import {
  type AttemptContext,
  lockRun,
  type Run,
  type RunSuite,
  type Shard,
} from "../leases/attempt-context.ts";
import { plannedCases, readCaseResults } from "../leases/attempt-results.ts";
import { outboxChannel, runChannel, workChannel } from "../notifications/channels.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import { cutOrNull } from "../reports/safe-text.ts";
import { addAttempts } from "./add-attempt.ts";
import { blameEnvironment, noteUnknown } from "./blame-environment.ts";
import { putCases, retryCasesKey } from "./case-blobs.ts";
import { concludeRun } from "./conclude-run.ts";
import { redCases } from "./covered-cases.ts";
import { endHopeless } from "./end-hopeless.ts";
import { isUnsettled } from "./is-unsettled.ts";
import { type EnvironmentJudgement, judgeEnvironment } from "./judge-environment.ts";
import { nextStep } from "./next-step.ts";
import type { ActivityAnswer } from "./plan-run.ts";
import type { PlanningDeps } from "./planning-deps.ts";

type By = { at: Date; actor: Actor };

/**
 * Looks at every attempt of a run that ended since the last time, and at a cancel: queued work of a cancelled run
 * ends, shards are tried again or get their verdict, then suites and the run do. A red attempt first waits for what is
 * found about its environment. Idempotent: an attempt is settled once, in the transaction of what follows from it.
 */
export async function settleRun(deps: PlanningDeps, runId: string, actor: Actor): Promise<ActivityAnswer> {
  return transact(deps, async (tx, wake) => {
    const run = await lockRun(tx, runId);
    if (run.finishedAt !== null) return { changed: false, runState: run.state };
    const by = { at: deps.clock.now(), actor };
    const { leaseSeconds } = deps.settings.leaseTimes;
    await endHopeless(tx, wake, run, { ...by, leaseSeconds });
    const events: NewEvent[] = [];
    let settled = 0;
    for (const ended of await unsettled(tx, runId)) {
      const judgement = await judgeEnvironment(tx, wake, run, ended, { at: by.at, leaseSeconds });
      if (judgement.is === "waiting") continue;
      settled += 1;
      const { context, events: blame } = await applyJudgement(tx, ended, judgement);
      events.push(...blame, ...(await settleAttempt(deps, tx, wake, run, context, by)));
    }
    await appendEvents(tx, { runId, projectId: run.projectId, ...by }, events);
    const runState = await concludeRun(tx, wake, run, by);
    const changed = settled > 0 || runState !== run.state;
    if (changed) wake(runChannel(runId), workChannel);
    return { changed, runState };
  });
}

/** What became of the environment under a red attempt, before anything follows from that. */
async function applyJudgement(
  tx: Transaction,
  context: AttemptContext,
  judgement: Exclude<EnvironmentJudgement, { is: "waiting" }>,
): Promise<{ context: AttemptContext; events: NewEvent[] }> {
  if (judgement.is === "broken") return blameEnvironment(tx, context, judgement.evidence);
  if (judgement.is === "unreachable") return blameEnvironment(tx, context, [], judgement.why);
  if (judgement.is === "unknown") await noteUnknown(tx, context, judgement.why);
  return { context, events: [] };
}

async function unsettled(tx: Transaction, runId: string): Promise<AttemptContext[]> {
  return tx
    .select({ attempt: attempts, shard: shards, suite: runSuites })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shardId))
    .innerJoin(runSuites, eq(runSuites.id, shards.suiteId))
    .where(and(eq(attempts.runId, runId), isUnsettled))
    .orderBy(asc(attempts.createdAt), asc(attempts.id));
}

async function settleAttempt(
  deps: PlanningDeps,
  tx: Transaction,
  wake: Wake,
  run: Run,
  context: AttemptContext,
  by: By,
): Promise<NewEvent[]> {
  const { attempt, shard, suite } = context;
  await tx.update(attempts).set({ settled: true }).where(eq(attempts.id, attempt.id));
  const next = nextStep(shard, attempt, suite.spec, run.cancelRequestedAt !== null);
  if (next.step === "retry") return retryShard(deps, tx, run, context, next.budget, by);
  if (shard.kind === "list" && next.state === "passed") {
    await writeOutboxEntry(tx, {
      kind: "suite.listed",
      projectId: run.projectId,
      runId: run.id,
      suite: suite.name,
      at: by.at,
    });
    wake(outboxChannel);
  }
  return endShard(tx, suite, shard, next.state, next.reason, by);
}

async function endShard(
  tx: Transaction,
  suite: RunSuite,
  shard: Shard,
  state: "passed" | "failed" | "errored" | "cancelled",
  reason: string | null,
  { at }: By,
): Promise<NewEvent[]> {
  const cut = cutOrNull(reason, 2_000);
  await tx.update(shards).set({ state, reason: cut, finishedAt: at }).where(eq(shards.id, shard.id));
  const data = {
    shardId: shard.id,
    shardKind: shard.kind,
    shardIndex: shard.index,
    suite: suite.name,
    state,
    reason: cut,
  };
  return [{ type: "shard.finished", data }];
}

/** Queues the next attempt: of the red cases alone where the tool selects cases, else of the same cases again. */
async function retryShard(
  deps: PlanningDeps,
  tx: Transaction,
  run: Run,
  { attempt, shard, suite }: AttemptContext,
  budget: "red" | "infrastructure",
  { at }: By,
): Promise<NewEvent[]> {
  const number = attempt.number + 1;
  const isRed = budget === "red";
  const used = isRed
    ? { redRetriesUsed: shard.redRetriesUsed + 1 }
    : { infrastructureRetriesUsed: shard.infrastructureRetriesUsed + 1 };
  await tx
    .update(shards)
    .set({ ...used, state: "queued" })
    .where(eq(shards.id, shard.id));
  const planned = isRed ? await plannedCases(deps.blobs, { attempt, shard }) : null;
  const again = planned === null ? null : redCases(planned, await readCaseResults(tx, attempt.id));
  // The same cases keep their key: results are read by whether a later attempt ran the same ones.
  const casesBlobKey =
    again === null || again.length === planned?.length
      ? attempt.casesBlobKey
      : await putCases(deps.blobs, retryCasesKey(run.projectId, shard.id, number), again);
  return addAttempts(tx, run, [{ suite, shard, number, casesBlobKey }], at);
}
