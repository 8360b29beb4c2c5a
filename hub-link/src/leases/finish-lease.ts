import { errorStatus, SeatrialError } from "@seatrial/contracts/errors.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { isFinal } from "./is-final.ts";

export type FinishDeps<Request> = {
  finish: (leaseId: string, request: Request) => Promise<unknown>;
  /** Told in place of an end whose shape or size the hub refuses: without it, nobody would hear of the end. */
  instead?: (why: string) => Request;
  clock: Clock;
  logger: Logger;
};

/**
 * Reports the end until the hub has it, however long the hub is away. `refused`: the lease is no longer ours, or the hub
 * cannot take what it was told instead either, and nothing was written. `stopped`: the signal aborted first.
 */
export async function finishLease<Request>(
  deps: FinishDeps<Request>,
  leaseId: string,
  request: Request,
  signal: AbortSignal,
): Promise<"accepted" | "refused" | "stopped"> {
  const backoff = createBackoff({ firstMilliseconds: 300, maxMilliseconds: 15_000, random: Math.random });
  let told = request;
  let { instead } = deps;
  while (!signal.aborted) {
    try {
      await deps.finish(leaseId, told);
      return "accepted";
    } catch (error) {
      if (instead && isUnfit(error)) {
        deps.logger.error(
          { leaseId, error: String(error) },
          "the hub cannot take this end, telling a bare one",
        );
        told = instead(error.message);
        instead = undefined;
        continue;
      }
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

/** True when the end itself is refused, not the right to tell one. */
function isUnfit(error: unknown): error is SeatrialError {
  return error instanceof SeatrialError && [413, 422].includes(errorStatus[error.code]);
}
