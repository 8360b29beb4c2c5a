import type { Actor } from "@seatrial/contracts/actor.ts";
import { and, asc, eq, inArray } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { attempts, runSuites, shards } from "../database/schema/runs.ts";
import { transact, type Wake } from "../database/transact.ts";
import { appendEvents, type NewEvent } from "../events/append-events.ts";
import { type AttemptContext, lockRun, type Run } from "../leases/attempt-context.ts";
import { outboxChannel, runChannel, workChannel } from "../notifications/channels.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import { blameEnvironment, noteUnknown } from "./blame-environment.ts";
import { concludeRun } from "./conclude-run.ts";
import { endHopeless } from "./end-hopeless.ts";
import { type EndedShard, endShards } from "./end-shards.ts";
import { isUnsettled } from "./is-unsettled.ts";
import { type EnvironmentJudgement, judgeEnvironment } from "./judge-environment.ts";
import { nextStep } from "./next-step.ts";
import type { ActivityAnswer } from "./plan-run.ts";
import type { PlanningDeps } from "./planning-deps.ts";
import { type RetriedShard, retryShards } from "./retry-shards.ts";

/** What one transaction may cost, so that whoever waits for the run's lock waits shortly. */
const costPerTransaction = 500;
/** An end is a row among many; a retry may read and write the cases of its shard. */
const costOf = { end: 1, retry: 10 } as const;

/**
 * Looks at the attempts of a run that ended since the last time, and at a cancel: queued work of a cancelled run ends,
 * shards are tried again or get their verdict, then suites and the run do. A red attempt first waits for what is found
 * about its environment. So many at a time: what is left is announced, so that the worker looks again at once, and a
 * suite has no verdict before its last shard. Idempotent: an attempt is settled once, in the transaction of what follows
 * from it.
 */
export async function settleRun(deps: PlanningDeps, runId: string, actor: Actor): Promise<ActivityAnswer> {
  return transact(deps, async (tx, wake) => {
    const run = await lockRun(tx, runId);
    if (run.finishedAt !== null) return { changed: false, runState: run.state };
    const by = { at: deps.clock.now(), actor };
    await endHopeless(tx, wake, run, { ...by, leaseSeconds: deps.settings.leaseTimes.leaseSeconds });
    const settled = await chooseSteps(deps, tx, wake, run, by.at);
    const { ends, retries, events } = settled;
    await markSettled(tx, settled);
    events.push(...(await endShards(tx, wake, run, ends, by.at)));
    events.push(...(await retryShards(deps, tx, run, retries, by.at)));
    await appendEvents(tx, { runId, projectId: run.projectId, ...by }, events);
    if (settled.isMore) await announceRest(tx, wake, run, by.at);
    const runState = await concludeRun(tx, wake, run, by);
    const changed = ends.length + retries.length > 0 || runState !== run.state;
    if (changed) wake(runChannel(runId));
    if (retries.length > 0) wake(workChannel);
    return { changed, runState };
  });
}

type Settled = {
  ends: EndedShard[];
  retries: RetriedShard[];
  events: NewEvent[];
  /** Others may be left. */
  isMore: boolean;
};

/** What follows from each ended attempt, in their order, as far as one transaction goes. */
async function chooseSteps(
  deps: PlanningDeps,
  tx: Transaction,
  wake: Wake,
  run: Run,
  at: Date,
): Promise<Settled> {
  const settled: Settled = { ends: [], retries: [], events: [], isMore: false };
  const { leaseSeconds } = deps.settings.leaseTimes;
  let cost = 0;
  for await (const ended of unsettled(tx, run.id)) {
    if (cost >= costPerTransaction) return { ...settled, isMore: true };
    const judgement = await judgeEnvironment(tx, wake, run, ended, { at, leaseSeconds });
    if (judgement.is === "waiting") continue;
    const { context, events } = await applyJudgement(tx, ended, judgement);
    settled.events.push(...events);
    const next = nextStep(context.shard, context.attempt, context.suite.spec, run.cancelRequestedAt !== null);
    cost += costOf[next.step];
    if (next.step === "retry") settled.retries.push({ context, budget: next.budget });
    else settled.ends.push({ context, state: next.state, reason: next.reason });
  }
  return settled;
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

/** Read piece by piece: each brings the definition of its suite. */
async function* unsettled(tx: Transaction, runId: string): AsyncGenerator<AttemptContext> {
  const found = await tx
    .select({ id: attempts.id })
    .from(attempts)
    .where(and(eq(attempts.runId, runId), isUnsettled))
    .orderBy(asc(attempts.createdAt), asc(attempts.id));
  const ids = found.map(({ id }) => id);
  for (let start = 0; start < ids.length; start += costPerTransaction)
    yield* await tx
      .select({ attempt: attempts, shard: shards, suite: runSuites })
      .from(attempts)
      .innerJoin(shards, eq(shards.id, attempts.shardId))
      .innerJoin(runSuites, eq(runSuites.id, shards.suiteId))
      .where(inArray(attempts.id, ids.slice(start, start + costPerTransaction)))
      .orderBy(asc(attempts.createdAt), asc(attempts.id));
}

async function markSettled(tx: Transaction, { ends, retries }: Settled): Promise<void> {
  const ids = [...ends, ...retries].map(({ context }) => context.attempt.id);
  if (ids.length > 0) await tx.update(attempts).set({ settled: true }).where(inArray(attempts.id, ids));
}

async function announceRest(tx: Transaction, wake: Wake, run: Run, at: Date): Promise<void> {
  await writeOutboxEntry(tx, { kind: "attempt.ended", projectId: run.projectId, runId: run.id, at });
  wake(outboxChannel);
}
