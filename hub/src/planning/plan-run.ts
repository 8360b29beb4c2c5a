import type { Actor } from "@seatrial/contracts/actor.ts";
import { casesSchema } from "@seatrial/contracts/agent-protocol/lease-uploads.ts";
import { eq } from "drizzle-orm";
import { readBlob } from "../blobs/read-blob.ts";
import type { Transaction } from "../database/database.ts";
import { runSuites, runs } from "../database/schema/runs.ts";
import { transact, type Wake } from "../database/transact.ts";
import { appendEvents, type NewEvent } from "../events/append-events.ts";
import { lockRun, type Run, type RunSuite } from "../leases/attempt-context.ts";
import { runChannel, workChannel } from "../notifications/channels.ts";
import { cutText } from "../reports/safe-text.ts";
import { addShards } from "./add-attempt.ts";
import { putCases, shardCasesKey } from "./case-blobs.ts";
import { concludeRun } from "./conclude-run.ts";
import { endSuite } from "./end-suite.ts";
import { readEnvironmentNeed } from "./environment-need.ts";
import { environmentPlace, whyUnreachable } from "./environment-place.ts";
import type { PlanningDeps } from "./planning-deps.ts";
import { splitCases } from "./split-cases.ts";

export type ActivityAnswer = { changed: boolean; runState: string };

/**
 * Gives a queued run its first shards: a suite with a command gets all of them at once, a suite with a tool one that
 * lists its cases. What cannot be planned is an errored suite that says why. A run whose environment is not there yet
 * stays queued with the reason; one whose environment will never be is errored. Idempotent: only a queued run changes.
 */
export async function planRun(deps: PlanningDeps, runId: string, actor: Actor): Promise<ActivityAnswer> {
  return transact(deps, async (tx, wake) => {
    const run = await lockRun(tx, runId);
    if (run.state !== "queued" || run.cancelRequestedAt !== null)
      return { changed: false, runState: run.state };
    const at = deps.clock.now();
    const need = await readEnvironmentNeed(tx, run);
    if (need.is === "waiting") return noteWaiting(tx, wake, run, need.reason, { at, actor });
    const suites = await tx
      .select()
      .from(runSuites)
      .where(eq(runSuites.runId, run.id))
      .orderBy(runSuites.position);
    if (need.is === "hopeless") return errorRun(tx, wake, run, suites, need.reason, { at, actor });
    await tx.update(runs).set({ state: "running", startedAt: at, reason: null }).where(eq(runs.id, run.id));
    const events: NewEvent[] = [{ type: "run.planned", data: { suites: suites.map(({ name }) => name) } }];
    const place = await environmentPlace(tx, run);
    for (const suite of suites) {
      const problem = whyUnreachable(place, suite) ?? whyImpossible(deps, run, suite);
      if (problem === null) events.push(...(await planSuite(deps, tx, run, suite, at)));
      else events.push(...(await endSuite(tx, suite, "errored", problem)));
    }
    await appendEvents(tx, { runId, projectId: run.projectId, at, actor }, events);
    const isEnded = suites.length === 0 || events.some(({ type }) => type === "suite.finished");
    const runState = isEnded ? await concludeRun(tx, wake, run, { at, actor }) : "running";
    wake(runChannel(runId), workChannel);
    return { changed: true, runState };
  });
}

async function noteWaiting(
  tx: Transaction,
  wake: Wake,
  run: Run,
  reason: string,
  by: { at: Date; actor: Actor },
): Promise<ActivityAnswer> {
  const cut = cutText(reason, 2_000);
  if (cut === run.reason) return { changed: false, runState: run.state };
  await tx.update(runs).set({ reason: cut }).where(eq(runs.id, run.id));
  const origin = { runId: run.id, projectId: run.projectId, ...by };
  await appendEvents(tx, origin, [{ type: "run.waiting", data: { reason: cut } }]);
  wake(runChannel(run.id));
  return { changed: true, runState: run.state };
}

/** Nothing of it can be told: each suite and the run say the same reason. */
async function errorRun(
  tx: Transaction,
  wake: Wake,
  run: Run,
  suites: readonly RunSuite[],
  reason: string,
  by: { at: Date; actor: Actor },
): Promise<ActivityAnswer> {
  const cut = cutText(reason, 2_000);
  const events: NewEvent[] = [];
  for (const suite of suites) events.push(...(await endSuite(tx, suite, "errored", cut)));
  await appendEvents(tx, { runId: run.id, projectId: run.projectId, ...by }, events);
  const runState = await concludeRun(tx, wake, run, by, cut);
  wake(runChannel(run.id));
  return { changed: true, runState };
}

async function planSuite(
  deps: PlanningDeps,
  tx: Transaction,
  run: Run,
  suite: RunSuite,
  at: Date,
): Promise<NewEvent[]> {
  const { spec } = suite;
  if (spec.tool !== null && suite.onlyCasesBlobKey !== null) return planKnownCases(deps, tx, run, suite, at);
  const image = spec.image ?? (spec.tool === null ? "" : deps.settings.images[spec.tool]);
  const state = spec.tool === null ? ("running" as const) : ("listing" as const);
  await tx
    .update(runSuites)
    .set({ state, spec: { ...spec, image } })
    .where(eq(runSuites.id, suite.id));
  const count = spec.tool === null ? spec.shards : 1;
  const planned = Array.from({ length: count }, () => ({ caseCount: null, casesBlobKey: null }));
  return addShards(tx, run, suite, spec.tool === null ? "test" : "list", planned, at);
}

function whyImpossible(deps: PlanningDeps, run: Run, { spec }: RunSuite): string | null {
  if (spec.tool === null) return null;
  if (run.contentId === null)
    return `suite with tool "${spec.tool}" needs files: upload a content with the run`;
  if (spec.image !== null || deps.settings.images[spec.tool]) return null;
  return `no image: set 'image' in the suite, or the hub's preset image for "${spec.tool}"`;
}

/** A rerun of cases that are known: nothing to list, and never more shards than cases. */
async function planKnownCases(
  deps: PlanningDeps,
  tx: Transaction,
  run: Run,
  suite: RunSuite,
  at: Date,
): Promise<NewEvent[]> {
  const { spec, onlyCasesBlobKey } = suite;
  const tool = spec.tool ?? "pytest";
  const bytes = await readBlob(deps.blobs, onlyCasesBlobKey ?? "");
  const { cases } = casesSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  const weighted = cases.map((id) => ({ id, weight: 1 }));
  const split = splitCases(tool, weighted, Math.min(spec.shards, Math.max(1, cases.length)));
  if ("problem" in split) return endSuite(tx, suite, "errored", split.problem);
  await tx
    .update(runSuites)
    .set({
      state: "running",
      caseCount: cases.length,
      spec: { ...spec, image: spec.image ?? deps.settings.images[tool] },
    })
    .where(eq(runSuites.id, suite.id));
  const planned = await storeShardCases(deps, suite, split.shards);
  return addShards(tx, run, suite, "test", planned, at);
}

/** Stores each shard's cases; the keys depend on suite and place alone, so a repeat writes the same again. */
export async function storeShardCases(deps: PlanningDeps, suite: RunSuite, shards: readonly string[][]) {
  const planned = [];
  for (const [index, cases] of shards.entries()) {
    const key = shardCasesKey(suite.projectId, suite.id, index);
    planned.push({ caseCount: cases.length, casesBlobKey: await putCases(deps.blobs, key, cases) });
  }
  return planned;
}
