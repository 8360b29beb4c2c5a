import type { Actor } from "@seatrial/contracts/actor.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import type { SuiteSpec } from "@seatrial/contracts/suites/suite-spec.ts";
import { sql } from "drizzle-orm";
import { writeAudit } from "../audit/write-audit.ts";
import type { Transaction } from "../database/database.ts";
import { suites as knownSuites } from "../database/schema/projects.ts";
import { runSuites, runs } from "../database/schema/runs.ts";
import type { Wake } from "../database/transact.ts";
import { appendEvents } from "../events/append-events.ts";
import { outboxChannel, runChannel } from "../notifications/channels.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import type { RunRow } from "./find-run.ts";

export type NewRun = Pick<
  RunRow,
  "projectId" | "contentId" | "contentSha256" | "idempotencyKey" | "rerunOf"
> & {
  readonly id: string;
  readonly change: RunRow["change"];
  readonly suites: readonly { spec: SuiteSpec; onlyCasesBlobKey: string | null }[];
};

/**
 * Writes a run with its suites, its first event, its outbox entry and its audit entry. False, and nothing is written,
 * when the project has a run with this idempotency key.
 */
export async function insertRun(
  tx: Transaction,
  wake: Wake,
  run: NewRun,
  by: { actor: Actor; at: Date },
): Promise<boolean> {
  const { suites, ...row } = run;
  const { actor, at } = by;
  const written = await tx
    .insert(runs)
    .values({ ...row, state: "queued", createdBy: actor, createdAt: at })
    .onConflictDoNothing()
    .returning({ id: runs.id });
  if (written.length === 0) return false;
  await insertSuites(tx, run, at);
  const { id: runId, projectId } = run;
  const data = { suites: suites.map(({ spec }) => spec.name), rerunOf: run.rerunOf };
  await appendEvents(tx, { runId, projectId, at, actor }, [{ type: "run.created", data }]);
  await writeOutboxEntry(tx, { kind: "run.created", projectId, runId, at });
  await writeAudit(tx, { projectId, at, actor, action: "run.create", subject: runId, data });
  wake(outboxChannel, runChannel(runId));
  return true;
}

async function insertSuites(tx: Transaction, run: NewRun, at: Date): Promise<void> {
  const { projectId } = run;
  await tx.insert(runSuites).values(
    run.suites.map(({ spec, onlyCasesBlobKey }, position) => {
      const id = newId("suite");
      return {
        id,
        runId: run.id,
        projectId,
        position,
        name: spec.name,
        spec,
        state: "queued" as const,
        onlyCasesBlobKey,
      };
    }),
  );
  // A rerun repeats an old definition, so it says nothing about the newest one.
  if (run.rerunOf !== null) return;
  await tx
    .insert(knownSuites)
    .values(run.suites.map(({ spec }) => ({ projectId, name: spec.name, spec, updatedAt: at })))
    .onConflictDoUpdate({
      target: [knownSuites.projectId, knownSuites.name],
      set: { spec: sql`excluded.spec`, updatedAt: sql`excluded.updated_at` },
    });
}
