import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { and, asc, eq, isNull } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import type { Transaction } from "../database/database.ts";
import { runs } from "../database/schema/runs.ts";
import { changeEnvironment } from "./change-environment.ts";
import type { EnvironmentRow } from "./environment-row.ts";

/**
 * Wishes an environment asleep: scaled to zero, its data kept. Throws `environment_gone`, `environment_not_ready` for a
 * failed one, and `conflict` while a run tests it.
 */
export async function sleepEnvironment(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  environmentId: string,
): Promise<Environment> {
  const action = "environment.sleep";
  return changeEnvironment(deps, caller, project, environmentId, action, async (tx, environment) => {
    if (environment.wanted === "sleeping") return null;
    refuseFailed(environment);
    await refuseTested(tx, environment);
    return {
      fields: { wanted: "sleeping" },
      event: { type: "environment.wished", data: { wanted: "sleeping" } },
    };
  });
}

/** Wishes it awake again. Throws `environment_gone`, and `environment_not_ready` for a failed one. */
export async function wakeEnvironment(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  environmentId: string,
): Promise<Environment> {
  const action = "environment.wake";
  return changeEnvironment(deps, caller, project, environmentId, action, (_tx, environment) => {
    if (environment.wanted === "present") return null;
    refuseFailed(environment);
    return {
      fields: { wanted: "present" },
      event: { type: "environment.wished", data: { wanted: "present" } },
    };
  });
}

/** Throws `environment_not_ready` for one that only an update or its removal can help. */
export function refuseFailed({ id, state, reason, clusterId }: EnvironmentRow): void {
  if (state !== "failed") return;
  const todo = clusterId === null ? "delete it and create another" : "update or delete it";
  throw new SeatrialError(
    "environment_not_ready",
    `Environment ${id} failed (${reason ?? "no reason was given"}): ${todo}.`,
  );
}

async function refuseTested(tx: Transaction, { id }: EnvironmentRow): Promise<void> {
  const [run] = await tx
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.environmentId, id), isNull(runs.finishedAt)))
    .orderBy(asc(runs.createdAt))
    .limit(1);
  if (run === undefined) return;
  throw new SeatrialError(
    "conflict",
    `Run ${run.id} tests environment ${id}: wait for its end, or cancel it first.`,
  );
}
