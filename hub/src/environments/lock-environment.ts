import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import type { EnvironmentRow } from "./environment-row.ts";

/**
 * Locks an environment for the transaction; whatever changes it, its operations or its events holds this lock.
 *
 * The hub's one order of locks, so that nothing deadlocks: a project's advisory lock, then the `pull_requests` row, then
 * the `runs` row, then the `environments` row, then `environment_operations` rows and a run's `work_items`, `attempts`,
 * `shards`, and the project's `suites` as the last of all (`runs/insert-run.ts`). Who holds an environment never asks for
 * a run or a pull request after it: it leaves an outbox entry (`note-change.ts`) and the worker comes back.
 */
export async function lockEnvironment(tx: Transaction, environmentId: string): Promise<EnvironmentRow> {
  const [row] = await tx.select().from(environments).where(eq(environments.id, environmentId)).for("update");
  if (row === undefined)
    throw new SeatrialError("not_found", `There is no environment "${environmentId.slice(0, 40)}".`);
  return row;
}
