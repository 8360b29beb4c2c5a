import type { Actor } from "@seatrial/contracts/actor.ts";
import type { EnvironmentRequest } from "@seatrial/contracts/environments/environment.ts";
import type { EnvironmentTemplate } from "@seatrial/contracts/environments/environment-template.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import type { CreateRun } from "@seatrial/contracts/runs/run.ts";
import { and, eq, isNull } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { ProjectRow } from "../auth/caller.ts";
import type { Queryable, Transaction } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import { runs } from "../database/schema/runs.ts";
import type { Wake } from "../database/transact.ts";
import { appendEnvironmentEvents } from "../environments/append-environment-events.ts";
import { refuseGone } from "../environments/change-environment.ts";
import type { EnvironmentRow } from "../environments/environment-row.ts";
import { findEnvironment } from "../environments/find-environment.ts";
import { insertEnvironment } from "../environments/insert-environment.ts";
import { lockEnvironment } from "../environments/lock-environment.ts";
import { noteChange } from "../environments/note-change.ts";
import { refuseFailed } from "../environments/sleep-environment.ts";
import type { RunRow } from "./find-run.ts";

/** What a run tests: an environment that it brings (`request`), or one that stands by itself. */
export type RunEnvironment =
  | { readonly id: string; readonly request: EnvironmentRequest }
  | { readonly id: string; readonly request: null };

/** The environment a run asks for, before anything is written. Throws `not_found` for one of another project. */
export async function chooseEnvironment(
  queryable: Queryable,
  project: ProjectRow,
  wanted: CreateRun["environment"],
): Promise<{ environment: RunEnvironment | null; expose: EnvironmentTemplate["expose"] | null }> {
  if (wanted === null) return { environment: null, expose: null };
  if ("template" in wanted)
    return { environment: { id: newId("environment"), request: wanted }, expose: wanted.template.expose };
  const { id, template } = await findEnvironment(queryable, project, wanted.id);
  return { environment: { id, request: null }, expose: template.expose };
}

/** What a rerun brings: another environment like the one its original brought, or the same that stands by itself. */
export async function chooseAgain(
  queryable: Queryable,
  project: ProjectRow,
  original: RunRow,
): Promise<RunEnvironment | null> {
  if (original.environmentId === null) return null;
  const row = await findEnvironment(queryable, project, original.environmentId);
  return original.environmentOwned
    ? { id: newId("environment"), request: requestOf(row) }
    : { id: row.id, request: null };
}

function requestOf(row: EnvironmentRow): EnvironmentRequest {
  const { name, template, contentSha256, clusterLabels, tolerations, ttlSeconds, keepOnFailureSeconds } = row;
  return {
    name,
    template,
    contentSha256,
    clusters: { labels: clusterLabels, tolerate: tolerations },
    ttlSeconds,
    keepOnFailureSeconds,
  };
}

/**
 * Brings a run's environment into being, or asks for a proof of the one it names (which is woken if it sleeps). The run
 * must be written already: a run's row is locked before an environment's. Throws `environment_gone`,
 * `environment_not_ready` for a failed one, `conflict` for one that another run is about to take along, and as
 * `insertEnvironment`.
 */
export async function bringEnvironment(
  deps: Pick<HubDeps, "settings">,
  tx: Transaction,
  wake: Wake,
  project: ProjectRow,
  run: { id: string; change: RunRow["change"] },
  environment: RunEnvironment,
  by: { actor: Actor; at: Date },
): Promise<void> {
  const { id, request } = environment;
  if (request === null) return askForProof(tx, wake, id, run.id, by);
  const brought = { id, request, change: run.change, runId: run.id, idempotencyKey: null };
  await insertEnvironment(deps, tx, wake, project, brought, by);
}

async function askForProof(
  tx: Transaction,
  wake: Wake,
  environmentId: string,
  runId: string,
  { actor, at }: { actor: Actor; at: Date },
): Promise<void> {
  const environment = await lockEnvironment(tx, environmentId);
  refuseGone(environment);
  refuseFailed(environment);
  await refuseBrought(tx, environment);
  await tx
    .update(environments)
    .set({ proveAfter: at, wanted: "present" })
    .where(eq(environments.id, environmentId));
  const { projectId } = environment;
  const data = { wanted: "present", proveAfter: at.toISOString(), runId };
  await appendEnvironmentEvents(tx, { environmentId, projectId, at, actor }, [
    { type: "environment.wished", data },
  ]);
  await noteChange(tx, wake, environment, at);
}

/** Throws `conflict` while the run that brought it is not over: its end would take it away under the other. */
async function refuseBrought(tx: Transaction, { id, runId }: EnvironmentRow): Promise<void> {
  if (runId === null) return;
  const [owner] = await tx
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.id, runId), isNull(runs.finishedAt)));
  if (owner === undefined) return;
  throw new SeatrialError(
    "conflict",
    `Run ${runId} brought environment ${id} and takes it along at its end: wait for that, or make one that stands by itself ('seatrial env create').`,
  );
}
