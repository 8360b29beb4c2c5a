import type { Actor } from "@seatrial/contracts/actor.ts";
import { verdicts } from "@seatrial/contracts/runs/lifecycle.ts";
import { and, eq, inArray, isNull, like, notExists, notInArray, sql } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { runSuites, runs, shards } from "../database/schema/runs.ts";
import type { Wake } from "../database/transact.ts";
import { appendEvents, type NewEvent } from "../events/append-events.ts";
import type { Run, RunSuite, Shard } from "../leases/attempt-context.ts";
import { outboxChannel } from "../notifications/channels.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import { announcePullRequest } from "../pull-requests/note-pull-request.ts";
import { cutText } from "../reports/safe-text.ts";
import { endSuite } from "./end-suite.ts";
import { unreachable } from "./environment-silence.ts";
import { releaseEnvironment } from "./release-environment.ts";
import { combineVerdicts, runVerdict, type SuitePart } from "./verdicts.ts";

const overStates: ReadonlySet<RunSuite["state"]> = new Set(verdicts);

/**
 * Draws the verdicts that follow from the shards: of each open suite whose shards are all over, then of the run when
 * all its suites are; the environment that it brought then goes as well. Answers the run's state. The run must be
 * locked. `whyErrored`: the one cause, where it lies outside the suites.
 */
export async function concludeRun(
  tx: Transaction,
  wake: Wake,
  run: Run,
  by: { at: Date; actor: Actor },
  whyErrored: string | null = null,
): Promise<string> {
  const suites = await readSuites(tx, run.id);
  const decidable = await shardsWhereAllAreOver(tx, run.id);
  const events: NewEvent[] = [];
  const ends: NamedPart[] = [];
  for (const suite of suites) {
    const end = overStates.has(suite.state) ? null : suiteEnd(run, suite, decidable.get(suite.id));
    if (end !== null) events.push(...(await endSuite(tx, suite, end.state, end.reason)));
    ends.push({ name: suite.name, optional: suite.optional, state: end?.state ?? suite.state });
  }
  const drawn = runVerdict(ends, run.cancelRequestedAt !== null);
  const verdict = drawn !== null && wasReplaced(run) ? "cancelled" : drawn;
  const origin = { runId: run.id, projectId: run.projectId, ...by };
  if (verdict !== null) {
    const reason =
      verdict === "cancelled"
        ? (run.reason ?? "it was cancelled")
        : reasonOf(ends, verdict, whyErrored ?? (await unreachableCause(tx, run.id, verdict)));
    await tx.update(runs).set({ state: verdict, reason, finishedAt: by.at }).where(eq(runs.id, run.id));
    events.push({ type: "run.finished", data: { state: verdict, reason } });
  }
  await appendEvents(tx, origin, events);
  if (verdict !== null) {
    await releaseEnvironment(tx, wake, run, verdict, by);
    await announceEnd(tx, wake, run, by.at);
  }
  const [now] = await tx.select({ state: runs.state }).from(runs).where(eq(runs.id, run.id));
  return now?.state ?? run.state;
}

/** What ended after this wish, and green, may have tested what a later commit deployed already. */
function wasReplaced({ pullRequestId, cancelRequestedAt }: Run): boolean {
  return pullRequestId !== null && cancelRequestedAt !== null;
}

/** A later time of its schedule may wait for just this, and the commit of a pull request for its verdict. */
async function announceEnd(tx: Transaction, wake: Wake, run: Run, at: Date): Promise<void> {
  const { scheduleId, pullRequestId, projectId } = run;
  if (pullRequestId !== null) await announcePullRequest(tx, wake, { id: pullRequestId, projectId }, at);
  if (scheduleId === null) return;
  await writeOutboxEntry(tx, { kind: "schedule.run_over", projectId, runId: null, scheduleId, at });
  wake(outboxChannel);
}

/** Without their definitions: a run may have fifty, and this is asked each time that a shard ends. */
type OpenSuite = Pick<RunSuite, "id" | "name" | "state" | "optional">;

async function readSuites(tx: Transaction, runId: string): Promise<OpenSuite[]> {
  const { id, name, state, optional } = runSuites;
  return tx.select({ id, name, state, optional }).from(runSuites).where(eq(runSuites.runId, runId));
}

type NamedPart = SuitePart & { readonly name: string };
type SuiteEnd = { state: "passed" | "failed" | "errored" | "cancelled"; reason: string | null };

type ShardEnd = Pick<Shard, "suiteId" | "kind" | "index" | "state" | "reason">;

/**
 * The shards of each open suite that has none which is not over: the others cannot have a verdict yet, and reading
 * every shard of a large run each time that one of them ends would cost with the square of their number.
 */
async function shardsWhereAllAreOver(tx: Transaction, runId: string): Promise<Map<string, ShardEnd[]>> {
  const open = tx
    .select({ one: sql`1` })
    .from(shards)
    .where(and(eq(shards.suiteId, runSuites.id), isNull(shards.finishedAt)));
  const suites = await tx
    .select({ id: runSuites.id })
    .from(runSuites)
    .where(and(eq(runSuites.runId, runId), notInArray(runSuites.state, [...overStates]), notExists(open)));
  const ids = suites.map(({ id }) => id);
  const { suiteId, kind, index, state, reason } = shards;
  const columns = { suiteId, kind, index, state, reason };
  const rows = ids.length === 0 ? [] : await tx.select(columns).from(shards).where(inArray(suiteId, ids));
  const own = Map.groupBy(rows, (row) => row.suiteId);
  return new Map(ids.map((id) => [id, own.get(id) ?? []]));
}

/** A suite without test shards is decided by its listing, unless that passed: then it waits for its split. */
function suiteEnd(run: Run, suite: OpenSuite, own: readonly ShardEnd[] | undefined): SuiteEnd | null {
  if (own === undefined) return null;
  const isCancelled = run.cancelRequestedAt !== null;
  const tests = own.filter(({ kind }) => kind === "test");
  if (tests.length === 0) {
    const list = own.find(({ kind }) => kind === "list");
    if (list === undefined) return isCancelled ? { state: "cancelled", reason: null } : null;
    if (list.state === "passed") return isCancelled ? { state: "cancelled", reason: null } : null;
    if (!overStates.has(list.state)) return null;
    return { state: list.state === "cancelled" ? "cancelled" : "errored", reason: list.reason };
  }
  const state = combineVerdicts(tests.map((shard) => shard.state));
  if (state === null || suite.state === "queued") return null;
  const worst = tests.find((shard) => shard.state === state && shard.reason !== null);
  const reason =
    state === "passed" || worst === undefined ? null : `shard ${worst.index + 1}: ${worst.reason}`;
  return { state, reason };
}

/** The one cause when the environment's cluster was silent: it stands above all suites. */
async function unreachableCause(tx: Transaction, runId: string, verdict: string): Promise<string | null> {
  if (verdict !== "errored") return null;
  const isIt = and(
    eq(shards.runId, runId),
    eq(runSuites.optional, false),
    eq(shards.state, "errored"),
    like(shards.reason, `${unreachable}%`),
  );
  const [shard] = await tx
    .select({ reason: shards.reason })
    .from(shards)
    .innerJoin(runSuites, eq(runSuites.id, shards.suiteId))
    .where(isIt)
    .limit(1);
  return shard?.reason?.slice(0, 2_000) ?? null;
}

/** What the verdict alone does not say: the cause of an errored run, and what was red and does not count. */
function reasonOf(suites: readonly NamedPart[], verdict: string, cause: string | null): string | null {
  const counting = suites.filter(({ state, optional }) => !optional && state === verdict);
  const unknown = `could not tell for ${counting.map(({ name }) => name).join(", ")}`;
  const apart = suites.filter(({ state, optional }) => optional && state !== "passed");
  const parts = [
    ...(verdict === "errored" ? [cause ?? unknown] : []),
    ...apart.map(({ name, state }) => `${name} ${state}, and is optional`),
  ];
  return parts.length === 0 ? null : cutText(parts.join("; "), 2_000);
}
