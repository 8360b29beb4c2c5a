import type { OperationKind } from "@seatrial/contracts/environments/lifecycle.ts";
import { withOperationLease } from "../one-writer/with-operation-lease.ts";
import type { RunnerResult } from "../operations/runner-messages.ts";
import { applyEnvironment } from "./apply-environment.ts";
import { prove, putToSleep, remove, wake } from "./change-environment.ts";
import { failureOf } from "./failure-of.ts";
import { knownDead } from "./known-dead.ts";
import { type RunnerContext, resultOf } from "./runner-context.ts";

const operations: Record<OperationKind, (context: RunnerContext) => Promise<RunnerResult>> = {
  up: applyEnvironment,
  update: applyEnvironment,
  sleep: putToSleep,
  wake,
  prove,
  down: remove,
};

/** Does the operation, alone in its environment, and answers with its end. Never rejects. */
export async function runOperation(context: RunnerContext): Promise<RunnerResult> {
  const { start, work, settings, kube, clock, signal } = context;
  const operate = operations[work.operation];
  try {
    // It only reads, so it needs to keep nobody out.
    if (work.operation === "prove") return await operate(context);
    return await withOperationLease(
      {
        kube,
        leaseNamespace: settings.leaseNamespace,
        environmentId: work.environmentId,
        holder: start.holder,
        clock,
        signal,
        previousHolderIsDead: knownDead(start),
      },
      (leaseSignal) => operate({ ...context, signal: AbortSignal.any([signal, leaseSignal]) }),
    );
  } catch (error) {
    return resultOf(context, { failure: failureOf(error, context) });
  }
}
