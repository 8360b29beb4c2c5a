import type { OperationGrant } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { HeldLease } from "@seatrial/hub-link/leases/held-lease.ts";
import { OperationError } from "../operation-error.ts";
import { type Deadline, endedAs } from "./operation-end.ts";
import { type PrepareDeps, type Prepared, prepareOperation } from "./prepare-operation.ts";
import type { ProgressReporter } from "./report-progress.ts";
import type { RunnerResult } from "./runner-messages.ts";

/**
 * As `prepareOperation`, until the operation is stopped or its time is over; then, and for whatever else keeps it from
 * beginning, it answers with the operation's end. The first failure that it waits out is told as a step.
 */
export async function prepareInTime(
  deps: Omit<PrepareDeps, "onWait">,
  { grant, stopping }: HeldLease<OperationGrant>,
  around: { folder: string; fence: AbortSignal; progress: ProgressReporter; deadline: Deadline },
): Promise<Prepared | RunnerResult> {
  const { clock } = deps;
  const { folder, fence, progress, deadline } = around;
  const late = new AbortController();
  const over = new AbortController();
  void clock
    .sleep(Math.max(0, deadline.at - clock.elapsed()), over.signal)
    .then(() => over.signal.aborted || late.abort());
  let waitsFor: unknown = null;
  const onWait = (error: unknown) => {
    if (waitsFor === null) progress.step("waits for the content", String(error));
    waitsFor = error;
  };
  try {
    const signal = AbortSignal.any([fence, stopping, late.signal]);
    return await prepareOperation({ ...deps, onWait }, grant, folder, signal);
  } catch (error) {
    if (stopping.aborted || fence.aborted)
      return endedAs("cancelled", "The operation was stopped before it began.");
    if (late.signal.aborted) return endedAs("deadline", lateBecause(deadline, waitsFor));
    if (error instanceof OperationError) return endedAs("internal", error.message);
    return endedAs("content_missing", `The hub does not give what the operation needs: ${String(error)}`);
  } finally {
    over.abort();
  }
}

function lateBecause({ seconds }: Deadline, waitsFor: unknown): string {
  const why = waitsFor === null ? "it came too slowly" : String(waitsFor);
  return `The hub did not give what the operation needs within ${seconds} s: ${why}`;
}
