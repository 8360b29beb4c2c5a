import type { Actor } from "@seatrial/contracts/actor.ts";
import { environmentTransitions, operationIsOver } from "@seatrial/contracts/environments/lifecycle.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { EnvironmentFacts } from "@seatrial/contracts/worker-protocol/environments.ts";
import { and, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Transaction } from "../database/database.ts";
import { environments, operations } from "../database/schema/environments.ts";
import { transact } from "../database/transact.ts";
import type { EnvironmentRow, OperationRow } from "./environment-row.ts";
import { lockEnvironment } from "./lock-environment.ts";
import { moveEnvironment } from "./move-environment.ts";
import { noteChange } from "./note-change.ts";
import { readFacts } from "./read-facts.ts";

/**
 * Ends the tries of an environment's newest operation: the environment is `failed` with that operation's reason until
 * somebody updates or deletes it. A probe that failed leaves it `ready`, and no probe is awaited any more: who waited
 * for it learns that it was in vain. Throws `conflict` when `number` is not the newest operation, or it did not fail.
 */
export async function giveUp(
  deps: Pick<HubDeps, "database" | "notifications" | "clock">,
  environmentId: string,
  { number }: { number: number },
  actor: Actor,
): Promise<EnvironmentFacts> {
  return transact(deps, async (tx, wake) => {
    const environment = await lockEnvironment(tx, environmentId);
    const at = deps.clock.now();
    const isDone = environment.state === "failed" || environment.wanted === "gone";
    if (!isDone) {
      const operation = await failedOperation(tx, environment, number);
      await failWith(tx, environment, operation, { at, actor });
      await noteChange(tx, wake, environment, at);
    }
    return readFacts(tx, environmentId, at);
  });
}

async function failedOperation(
  tx: Transaction,
  { id, lastOperation }: EnvironmentRow,
  number: number,
): Promise<OperationRow> {
  const [operation] = await tx
    .select()
    .from(operations)
    .where(and(eq(operations.environmentId, id), eq(operations.number, number)));
  const isOver = operation !== undefined && operationIsOver(operation.state);
  if (number === lastOperation && isOver && operation.state !== "succeeded") return operation;
  throw new SeatrialError(
    "conflict",
    `Operation ${number} of environment ${id} is not its newest or did not fail: read the facts again and decide anew.`,
  );
}

async function failWith(
  tx: Transaction,
  environment: EnvironmentRow,
  operation: OperationRow,
  by: { at: Date; actor: Actor },
): Promise<void> {
  const { kind, failureMessage, state } = operation;
  const reason = failureMessage ?? `'${kind}' was ${state}, and is not tried again`;
  if (kind === "prove") {
    const fields = { proveAfter: null, reason };
    await tx.update(environments).set(fields).where(eq(environments.id, environment.id));
  } else if (environmentTransitions[environment.state].includes("failed"))
    await moveEnvironment(tx, environment, "failed", { ...by, reason, fields: { proveAfter: null } });
}
