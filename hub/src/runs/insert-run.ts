import type { Actor } from "@seatrial/contracts/actor.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import { sql } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { ProjectRow } from "../auth/caller.ts";
import type { Transaction } from "../database/database.ts";
import { suites as knownSuites } from "../database/schema/projects.ts";
import { runSuites, runs } from "../database/schema/runs.ts";
import type { Wake } from "../database/transact.ts";
import { appendEvents } from "../events/append-events.ts";
import { outboxChannel, runChannel } from "../notifications/channels.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import { bringEnvironment, type RunEnvironment } from "./bring-environment.ts";
import type { RunSuiteCopy } from "./copy-to-places.ts";
import type { RunRow } from "./find-run.ts";

export type NewRun = Pick<
  RunRow,
  "projectId" | "contentId" | "contentSha256" | "idempotencyKey" | "rerunOf" | "priority" | "pullRequestId"
> & {
  readonly id: string;
  readonly change: RunRow["change"];
  /** Of its environment, as they were pinned; none where nobody asked a registry. */
  readonly images: RunRow["images"];
  readonly suites: readonly (RunSuiteCopy & { optional: boolean; onlyCasesBlobKey: string | null })[];
  /** Written with the run, or asked for a proof; null: the suites need none. */
  readonly environment: RunEnvironment | null;
};

/**
 * Writes a run with its suites and environment, its first event, its outbox entry and its audit entry. False, and
 * nothing is written, when the project has a run with this idempotency key. Errors as `bringEnvironment`.
 */
export async function insertRun(
  deps: Pick<HubDeps, "settings">,
  tx: Transaction,
  wake: Wake,
  project: ProjectRow,
  run: NewRun,
  by: { actor: Actor; at: Date },
): Promise<boolean> {
  const { suites, environment, ...fields } = run;
  const { actor, at } = by;
  const environmentOwned = environment !== null && environment.request !== null;
  const row = { ...fields, environmentId: environment?.id ?? null, environmentOwned };
  const written = await tx
    .insert(runs)
    .values({ ...row, state: "queued", createdBy: actor, createdAt: at })
    .onConflictDoNothing()
    .returning({ id: runs.id });
  if (written.length === 0) return false;
  await insertSuites(tx, run);
  const { id: runId, projectId } = run;
  const data = {
    suites: suites.map(({ name }) => name),
    rerunOf: run.rerunOf,
    environmentId: row.environmentId,
  };
  await appendEvents(tx, { runId, projectId, at, actor }, [{ type: "run.created", data }]);
  await writeOutboxEntry(tx, { kind: "run.created", projectId, runId, at });
  await writeAudit(tx, { projectId, at, actor, action: "run.create", subject: runId, data });
  if (environment !== null) await bringEnvironment(deps, tx, wake, project, run, environment, by);
  // A rerun repeats an old definition, so it says nothing about the newest one.
  if (run.rerunOf === null) await rememberSuites(tx, run, at);
  wake(outboxChannel, runChannel(runId));
  return true;
}

async function insertSuites(tx: Transaction, run: NewRun): Promise<void> {
  const { projectId } = run;
  await tx.insert(runSuites).values(
    run.suites.map((suite, position) => {
      const id = newId("suite");
      return { ...suite, id, runId: run.id, projectId, position, state: "queued" as const };
    }),
  );
}

/**
 * The last rows of a run's start, in the order of their names: other starts of the project write the same ones, and who
 * waits for them must hold nothing that their holder may still want.
 */
async function rememberSuites(tx: Transaction, { projectId, suites }: NewRun, at: Date): Promise<void> {
  // Copies of one suite share its definition, and one statement may write a row once.
  const specs = [...new Map(suites.map(({ spec }) => [spec.name, spec]))];
  const sorted = specs.toSorted(([left], [right]) => (left < right ? -1 : 1));
  await tx
    .insert(knownSuites)
    .values(sorted.map(([name, spec]) => ({ projectId, name, spec, updatedAt: at })))
    .onConflictDoUpdate({
      target: [knownSuites.projectId, knownSuites.name],
      set: { spec: sql`excluded.spec`, updatedAt: sql`excluded.updated_at` },
    });
}
