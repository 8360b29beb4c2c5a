import type { OperationKind } from "@seatrial/contracts/environments/lifecycle.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { EnvironmentFacts } from "@seatrial/contracts/worker-protocol/environments.ts";
import { and, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Transaction } from "../database/database.ts";
import { operations } from "../database/schema/environments.ts";
import { transact } from "../database/transact.ts";
import { environmentChannel } from "../notifications/channels.ts";
import type { EnvironmentRow } from "./environment-row.ts";
import { lockEnvironment } from "./lock-environment.ts";
import { operationRules } from "./operation-rules.ts";
import { orderLine } from "./order-line.ts";
import { openOperationOf, queueOperation } from "./queue-operation.ts";
import { readFacts } from "./read-facts.ts";

type Deps = Pick<HubDeps, "database" | "notifications" | "clock">;

/**
 * Queues an environment's next operation, on the word of its workflow. Idempotent by `number`: a repeat answers with the
 * facts as they are. Throws `conflict` when it was decided on old facts: another number, another operation open, or a
 * state or wish that this kind does not fit. `not_found` for no environment.
 */
export async function startOperation(
  deps: Deps,
  environmentId: string,
  wanted: { kind: OperationKind; number: number },
): Promise<EnvironmentFacts> {
  const { facts, projectId } = await transact(deps, async (tx, wake) => {
    const environment = await lockEnvironment(tx, environmentId);
    const at = deps.clock.now();
    if (!(await isRepeat(tx, environment, wanted))) {
      await refuseUnfit(tx, environment, wanted);
      await queueOperation(tx, wake, environment, { kind: wanted.kind, at });
      wake(environmentChannel(environmentId));
    }
    return { facts: await readFacts(tx, environmentId, at), projectId: environment.projectId };
  });
  if (facts.state === "requested") await orderLine(deps, projectId);
  return facts;
}

async function isRepeat(
  tx: Transaction,
  { id, lastOperation }: EnvironmentRow,
  { kind, number }: { kind: OperationKind; number: number },
): Promise<boolean> {
  if (number !== lastOperation) return false;
  const [newest] = await tx
    .select({ kind: operations.kind })
    .from(operations)
    .where(and(eq(operations.environmentId, id), eq(operations.number, number)));
  return newest?.kind === kind;
}

async function refuseUnfit(
  tx: Transaction,
  environment: EnvironmentRow,
  { kind, number }: { kind: OperationKind; number: number },
): Promise<void> {
  const { id, state, wanted, lastOperation } = environment;
  if (number !== lastOperation + 1)
    throw conflict(`operation ${number} of environment ${id} cannot follow ${lastOperation}`);
  const open = await openOperationOf(tx, id);
  if (open !== undefined) throw conflict(`operation ${open.number} of environment ${id} is ${open.state}`);
  if (!operationRules[kind].from.includes(state) || (kind === "down") !== (wanted === "gone"))
    throw conflict(`environment ${id} is ${state} and wished ${wanted}: that is no time for '${kind}'`);
}

function conflict(what: string): SeatrialError {
  return new SeatrialError("conflict", `${what}: read the facts again and decide anew.`);
}
