import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Backoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { WorkerHub } from "./hub/worker-hub.ts";

export type TickLoopDeps = {
  hub: Pick<WorkerHub, "tick">;
  clock: Clock;
  backoff: Backoff;
  logger: Logger;
};

const fastestSeconds = 0.25;
const slowestSeconds = 5;

/**
 * Posts ticks at the pace the hub asks for, between 0.25 and 5 seconds, until the signal aborts. An unanswered tick is
 * tried again after a back-off: what is due stays due.
 */
export async function runTickLoop(deps: TickLoopDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await deps.clock.sleep(await tickOnce(deps), signal);
}

async function tickOnce(deps: TickLoopDeps): Promise<number> {
  try {
    const { nextDueInSeconds } = await deps.hub.tick();
    deps.backoff.reset();
    const seconds = nextDueInSeconds ?? slowestSeconds;
    return Math.min(slowestSeconds, Math.max(fastestSeconds, seconds)) * 1_000;
  } catch (error) {
    const waitMilliseconds = deps.backoff.next();
    deps.logger.warn({ error: String(error), waitMilliseconds }, "the tick failed, trying again");
    return waitMilliseconds;
  }
}
