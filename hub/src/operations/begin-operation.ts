import { environmentTransitions } from "@seatrial/contracts/environments/lifecycle.ts";
import { eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { operations } from "../database/schema/environments.ts";
import type { Wake } from "../database/transact.ts";
import type { EnvironmentRow } from "../environments/environment-row.ts";
import { moveEnvironment } from "../environments/move-environment.ts";
import { noteChange } from "../environments/note-change.ts";
import { operationRules } from "../environments/operation-rules.ts";
import type { Origin } from "./operation-events.ts";
import type { HeldOperation } from "./operation-lease.ts";

/**
 * Notes that the holder has its lease, once, and moves the environment to the state that the operation means. What
 * brings progress, state or an end was received too, even if the acknowledgement was lost. Answers what is true now.
 */
export async function beginOperation(
  tx: Transaction,
  wake: Wake,
  { environment, operation }: HeldOperation,
  origin: Origin,
): Promise<HeldOperation> {
  if (operation.acknowledgedAt !== null) return { environment, operation };
  const begun = { acknowledgedAt: origin.at, startedAt: origin.at };
  await tx.update(operations).set(begun).where(eq(operations.id, operation.id));
  const to = stateDuring(environment, operation.kind);
  const moved = to === null ? environment : await moveEnvironment(tx, environment, to, origin);
  await noteChange(tx, wake, environment, origin.at);
  return { environment: moved, operation: { ...operation, ...begun } };
}

/** A removal that was stuck stays so until it says that nothing is in its way any more. */
function stateDuring(environment: EnvironmentRow, kind: HeldOperation["operation"]["kind"]) {
  const { during } = operationRules[kind];
  const { state } = environment;
  if (during === null || state === during || (kind === "down" && state === "stuck")) return null;
  return environmentTransitions[state].includes(during) ? during : null;
}
