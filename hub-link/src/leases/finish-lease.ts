import type { Logger } from "@seatrial/contracts/logger.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { isFinal } from "./is-final.ts";

export type FinishDeps<Request> = {
  finish: (leaseId: string, request: Request) => Promise<unknown>;
  clock: Clock;
  logger: Logger;
};

/**
 * Reports the end until the hub has it, however long the hub is away. `refused`: the lease is no longer ours and
 * nothing was written. `stopped`: the signal aborted first.
 */
export async function finishLease<Request>(
  deps: FinishDeps<Request>,
  leaseId: string,
  request: Request,
  signal: AbortSignal,
): Promise<"accepted" | "refused" | "stopped"> {
  const backoff = createBackoff({ firstMilliseconds: 300, maxMilliseconds: 15_000, random: Math.random });
  while (!signal.aborted) {
    try {
      await deps.finish(leaseId, request);
      return "accepted";
    } catch (error) {
      if (isFinal(error)) {
        deps.logger.warn({ leaseId, error: String(error) }, "the hub refused this end");
        return "refused";
      }
      deps.logger.warn({ leaseId, error: String(error) }, "the end is not reported yet, trying again");
      await deps.clock.sleep(backoff.next(), signal);
    }
  }
  return "stopped";
}
