import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { runIsOver } from "@seatrial/contracts/runs/lifecycle.ts";
import type { RunFacts } from "@seatrial/contracts/worker-protocol/environments.ts";
import { and, asc, eq } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { operations } from "../database/schema/environments.ts";
import { attempts, runSuites, runs, shards } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import type { Run } from "../leases/attempt-context.ts";
import { whyEnvironmentLost } from "./end-hopeless.ts";
import { readEnvironmentNeed } from "./environment-need.ts";
import { environmentSilence } from "./environment-silence.ts";
import { isUnsettled } from "./is-unsettled.ts";
import { evidencePatienceSeconds } from "./judge-environment.ts";

/** What a run's workflow decides by. Throws `not_found`. */
export async function readRunFacts(
  queryable: Queryable,
  runId: string,
  now: Date,
  leaseSeconds: number,
): Promise<RunFacts> {
  const [run] = await queryable.select().from(runs).where(eq(runs.id, runId));
  if (run === undefined) throw new SeatrialError("not_found", `There is no run "${runId.slice(0, 40)}".`);
  const isOver = runIsOver(run.state);
  const isCancelled = run.cancelRequestedAt !== null;
  return {
    id: run.id,
    state: run.state,
    isOver,
    planDue: run.state === "queued" && !isCancelled && (await isPlanDue(queryable, run)),
    splitDue: isOver || isCancelled ? [] : await listedSuites(queryable, runId),
    settleDue:
      !isOver &&
      (isCancelled ||
        (await isSettleDue(queryable, run, now, leaseSeconds)) ||
        (await isLostDue(queryable, run, now, leaseSeconds))),
  };
}

/** Also when only the reason to wait is another: people read it at the run. */
async function isPlanDue(queryable: Queryable, run: Run): Promise<boolean> {
  const need = await readEnvironmentNeed(queryable, run);
  return need.is !== "waiting" || need.reason !== run.reason;
}

/** Ids of suites whose listing passed and that are not split: ids, so that no text of the project leaves the hub. */
async function listedSuites(queryable: Queryable, runId: string): Promise<string[]> {
  const rows = await queryable
    .select({ id: runSuites.id })
    .from(runSuites)
    .innerJoin(shards, and(eq(shards.suiteId, runSuites.id), eq(shards.kind, "list")))
    .where(and(eq(runSuites.runId, runId), eq(runSuites.state, "listing"), eq(shards.state, "passed")))
    .orderBy(asc(runSuites.position));
  return rows.map(({ id }) => id);
}

/** Queued work of a run whose environment is gone must end. */
async function isLostDue(queryable: Queryable, run: Run, now: Date, leaseSeconds: number): Promise<boolean> {
  if (run.state !== "running") return false;
  if ((await whyEnvironmentLost(queryable, run, now, leaseSeconds)) === null) return false;
  const [queued] = await queryable
    .select({ id: workItems.id })
    .from(workItems)
    .where(and(eq(workItems.runId, run.id), eq(workItems.state, "queued")))
    .limit(1);
  return queued !== undefined;
}

/** An attempt that waits for evidence which is still being gathered is not due, until that has taken too long or nobody answers. */
async function isSettleDue(
  queryable: Queryable,
  { id: runId, environmentId }: Run,
  now: Date,
  leaseSeconds: number,
): Promise<boolean> {
  const ended = await queryable
    .select({ probe: operations.state, finishedAt: workItems.finishedAt })
    .from(attempts)
    .innerJoin(workItems, eq(workItems.attemptId, attempts.id))
    .leftJoin(operations, eq(operations.id, attempts.evidenceOperationId))
    .where(and(eq(attempts.runId, runId), isUnsettled));
  if (ended.length === 0) return false;
  const isSilent =
    environmentId !== null &&
    (await environmentSilence(queryable, environmentId, now, leaseSeconds)) !== null;
  const before = now.getTime() - evidencePatienceSeconds * 1_000;
  return ended.some(({ probe, finishedAt }) => {
    const isGathering = probe === "queued" || probe === "leased";
    return !isGathering || isSilent || finishedAt === null || finishedAt.getTime() <= before;
  });
}
