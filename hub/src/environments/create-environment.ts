import type { CreateEnvironment, Environment } from "@seatrial/contracts/environments/environment.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import { and, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import type { Queryable } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import { transact } from "../database/transact.ts";
import { readEnvironment } from "./find-environment.ts";
import { insertEnvironment } from "./insert-environment.ts";

/**
 * Asks for an environment that stands by itself. A repeated idempotency key answers with the one made before. Errors
 * as `insertEnvironment`.
 */
export async function createEnvironment(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  input: CreateEnvironment,
): Promise<{ created: boolean; environment: Environment }> {
  const { idempotencyKey: key = null, change, ...request } = input;
  const by = { actor: caller.actor, at: deps.clock.now() };
  const id = newId("environment");
  const known = await transact(deps, async (tx, wake) => {
    const earlier = await findByKey(tx, project, key);
    if (earlier !== undefined) return earlier;
    const environment = { id, request, change, runId: null, idempotencyKey: key };
    const written = await insertEnvironment(deps, tx, wake, project, environment, by);
    // Another request with the same key was faster.
    return written ? undefined : findByKey(tx, project, key);
  });
  const environment = await readEnvironment(deps.database, project, known ?? id);
  return { created: known === undefined, environment };
}

async function findByKey(
  queryable: Queryable,
  project: ProjectRow,
  key: string | null,
): Promise<string | undefined> {
  if (key === null) return undefined;
  const [row] = await queryable
    .select({ id: environments.id })
    .from(environments)
    .where(and(eq(environments.projectId, project.id), eq(environments.idempotencyKey, key)));
  return row?.id;
}
