import { newId } from "@seatrial/contracts/ids.ts";
import type { CreateRun, Run } from "@seatrial/contracts/runs/run.ts";
import { and, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import type { Queryable } from "../database/database.ts";
import { runs } from "../database/schema/runs.ts";
import { transact } from "../database/transact.ts";
import { readRun } from "./find-run.ts";
import { insertRun } from "./insert-run.ts";
import { prepareRun } from "./prepare-run.ts";

/** Starts a run. A repeated idempotency key answers with the run made before. Throws as `prepareRun` and `bringEnvironment`. */
export async function createRun(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  input: CreateRun,
): Promise<{ created: boolean; run: Run }> {
  const at = deps.clock.now();
  const id = newId("run");
  const known = await transact(deps, async (tx, wake) => {
    const earlier = await findByKey(tx, project, input.idempotencyKey);
    if (earlier !== undefined) return earlier;
    const run = { ...(await prepareRun(tx, project, input)), id };
    const written = await insertRun(deps, tx, wake, project, run, { actor: caller.actor, at });
    // Another request with the same key was faster.
    return written ? undefined : findByKey(tx, project, input.idempotencyKey);
  });
  return { created: known === undefined, run: await readRun(deps, project, known ?? id) };
}

async function findByKey(
  queryable: Queryable,
  project: ProjectRow,
  key: string | undefined,
): Promise<string | undefined> {
  if (key === undefined) return undefined;
  const [row] = await queryable
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.projectId, project.id), eq(runs.idempotencyKey, key)));
  return row?.id;
}
