import type { Actor } from "@seatrial/contracts/actor.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { and, desc, eq, or } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { attempts, runSuites, shards } from "../database/schema/runs.ts";
import { transact } from "../database/transact.ts";
import { appendEvents, type NewEvent } from "../events/append-events.ts";
import { lockRun, type RunSuite } from "../leases/attempt-context.ts";
import { readCaseList } from "../leases/attempt-results.ts";
import { runChannel, workChannel } from "../notifications/channels.ts";
import { addShards } from "./add-attempt.ts";
import { concludeRun } from "./conclude-run.ts";
import { endSuite } from "./end-suite.ts";
import { type ActivityAnswer, storeShardCases } from "./plan-run.ts";
import type { PlanningDeps } from "./planning-deps.ts";
import { splitCases } from "./split-cases.ts";

/**
 * Turns the listed cases of a suite into its test shards. Errors of the tool's collection, no cases, or fewer cases
 * than shards end the suite as errored. Idempotent: only a suite that is `listing` and listed changes. `named`: the
 * suite's id or name.
 */
export async function splitSuite(
  deps: PlanningDeps,
  runId: string,
  named: string,
  actor: Actor,
): Promise<ActivityAnswer> {
  const before = await findSuite(deps.database, runId, named);
  const attemptId = await listingAttempt(deps.database, before.id);
  const shardCases = attemptId === null ? null : await readSplit(deps, before, attemptId);
  return transact(deps, async (tx, wake) => {
    const run = await lockRun(tx, runId);
    const suite = await findSuite(tx, runId, named);
    const isDue = suite.state === "listing" && run.cancelRequestedAt === null;
    if (!isDue || shardCases === null) return { changed: false, runState: run.state };
    const at = deps.clock.now();
    const events: NewEvent[] = [];
    if ("problem" in shardCases) events.push(...(await endSuite(tx, suite, "errored", shardCases.problem)));
    else {
      const caseCount = shardCases.planned.reduce((sum, shard) => sum + shard.caseCount, 0);
      await tx.update(runSuites).set({ state: "running", caseCount }).where(eq(runSuites.id, suite.id));
      events.push({
        type: "suite.listed",
        data: { suite: suite.name, cases: caseCount, shards: shardCases.planned.length },
      });
      events.push(...(await addShards(tx, run, suite, "test", shardCases.planned, at)));
    }
    await appendEvents(tx, { runId, projectId: run.projectId, at, actor }, events);
    const runState = await concludeRun(tx, wake, run, { at, actor });
    wake(runChannel(runId), workChannel);
    return { changed: true, runState };
  });
}

/** A suite of the run by its id or its name. */
async function findSuite(queryable: Queryable, runId: string, named: string): Promise<RunSuite> {
  const suites = await queryable
    .select()
    .from(runSuites)
    .where(and(eq(runSuites.runId, runId), or(eq(runSuites.id, named), eq(runSuites.name, named))));
  // A suite may be called like another one's id: the id wins.
  const suite = suites.find(({ id }) => id === named) ?? suites[0];
  if (suite === undefined)
    throw new SeatrialError("not_found", `Run "${runId.slice(0, 40)}" has no suite "${named.slice(0, 40)}".`);
  return suite;
}

/** The attempt whose list counts: the newest that passed. */
async function listingAttempt(queryable: Queryable, suiteId: string): Promise<string | null> {
  const [row] = await queryable
    .select({ id: attempts.id })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shardId))
    .where(and(eq(shards.suiteId, suiteId), eq(shards.kind, "list"), eq(attempts.state, "passed")))
    .orderBy(desc(attempts.number))
    .limit(1);
  return row?.id ?? null;
}

async function readSplit(deps: PlanningDeps, suite: RunSuite, attemptId: string) {
  const list = await readCaseList(deps.database, deps.blobs, attemptId);
  if (list === null) return { problem: "the listing brought no list of cases" };
  if (list.errors.length > 0) {
    const errors = list.errors
      .slice(0, 5)
      .map(({ file, message }) => `${file ?? "?"}: ${message.slice(0, 300)}`);
    return { problem: `the tool could not collect the tests: ${errors.join("; ")}` };
  }
  const split = splitCases(suite.spec.tool ?? "pytest", list.cases, suite.spec.shards);
  return "problem" in split ? split : { planned: await storeShardCases(deps, suite, split.shards) };
}
