import type { OperationKind } from "@seatrial/contracts/environments/lifecycle.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import { and, eq, inArray } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { environments, operations } from "../database/schema/environments.ts";
import type { Wake } from "../database/transact.ts";
import { operationsChannel } from "../notifications/channels.ts";
import type { EnvironmentRow, OperationRow } from "./environment-row.ts";

/** The operation of an environment that is queued or leased, if there is one: at most one is. */
export async function openOperationOf(
  tx: Transaction,
  environmentId: string,
): Promise<OperationRow | undefined> {
  const [open] = await tx
    .select()
    .from(operations)
    .where(and(eq(operations.environmentId, environmentId), inArray(operations.state, ["queued", "leased"])));
  return open;
}

/**
 * Queues an environment's next operation for the provisioners and answers its id. The environment must be locked and
 * have no open operation; `lastOperation` must be read under that lock.
 */
export async function queueOperation(
  tx: Transaction,
  wake: Wake,
  environment: Pick<EnvironmentRow, "id" | "projectId" | "generation" | "lastOperation">,
  operation: { kind: OperationKind; evidenceSince?: Date; at: Date },
): Promise<string> {
  const id = newId("operation");
  const number = environment.lastOperation + 1;
  await tx.insert(operations).values({
    id,
    environmentId: environment.id,
    projectId: environment.projectId,
    kind: operation.kind,
    number,
    generation: environment.generation,
    state: "queued",
    evidenceSince: operation.evidenceSince ?? null,
    createdAt: operation.at,
    steps: [],
    evidence: [],
  });
  await tx.update(environments).set({ lastOperation: number }).where(eq(environments.id, environment.id));
  wake(operationsChannel);
  return id;
}
