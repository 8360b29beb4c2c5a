import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Backoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { WorkerHub } from "../hub/worker-hub.ts";
import type { RunQueues } from "./run-queues.ts";

export type OutboxLoopDeps = {
  hub: Pick<WorkerHub, "claimOutbox">;
  queues: RunQueues;
  clock: Clock;
  backoff: Backoff;
  logger: Logger;
};

export type OutboxLoopOptions = {
  /** Entries worked on at once; no more are claimed while so many are open. */
  capacity: number;
  waitSeconds: number;
  visibilitySeconds: number;
};

/**
 * Keeps one claim held at the hub's outbox while there is room, until the signal aborts. When the hub does not
 * answer it waits, longer each time; entries that were on their way come again.
 */
export async function runOutboxLoop(
  deps: OutboxLoopDeps,
  options: OutboxLoopOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const room = options.capacity - deps.queues.size();
    if (room <= 0) {
      await deps.queues.progress();
      continue;
    }
    const { waitSeconds, visibilitySeconds } = options;
    try {
      deps.queues.add(await deps.hub.claimOutbox({ limit: room, waitSeconds, visibilitySeconds }, signal));
      deps.backoff.reset();
    } catch (error) {
      if (signal.aborted) return;
      const waitMilliseconds = deps.backoff.next();
      deps.logger.warn({ error: String(error), waitMilliseconds }, "the outbox did not answer, trying again");
      await deps.clock.sleep(waitMilliseconds, signal);
    }
  }
}
