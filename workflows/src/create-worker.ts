import type { Logger } from "@seatrial/contracts/logger.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { createActivities } from "./activities/activities.ts";
import { retryUnavailable } from "./hub/retry-unavailable.ts";
import { createWorkerHub } from "./hub/worker-hub.ts";
import { runOutboxLoop } from "./outbox/outbox-loop.ts";
import { runEntry } from "./outbox/run-entry.ts";
import { createRunQueues } from "./outbox/run-queues.ts";
import { runTickLoop } from "./tick-loop.ts";

export type WorkerDeps = { fetch: typeof fetch; clock: Clock; logger: Logger; random?: () => number };

export type WorkerOptions = {
  hubUrl: string;
  /** A token with the scope `worker`. */
  token: string;
  /** Entries worked on at once; 50 by default. */
  capacity?: number;
  /** How long a claim is held when the outbox is empty; 20 by default, at most 25. */
  waitSeconds?: number;
  /** How long a claimed entry stays hidden from other workers; 30 by default. */
  visibilitySeconds?: number;
};

export type Worker = {
  start: () => void;
  /** Ends the held claim and resolves when what was begun is finished. */
  stop: () => Promise<void>;
};

/**
 * The worker: outbox → one queue per run → activity → acknowledgement, and ticks beside it. It keeps no state: what it
 * did not acknowledge comes again, so it may be killed at any time, and several may run at once.
 */
export function createWorker(deps: WorkerDeps, options: WorkerOptions): Worker {
  const { clock, logger } = deps;
  const hub = createWorkerHub({ hubUrl: options.hubUrl, token: options.token, fetch: deps.fetch });
  const activities = createActivities({ hub });
  const stopping = new AbortController();
  const random = deps.random ?? Math.random;
  const visibilitySeconds = options.visibilitySeconds ?? 30;
  // Half the visibility: what is still failing then is left to come again.
  const retry = { clock, random, forSeconds: visibilitySeconds / 2, signal: stopping.signal };
  const queues = createRunQueues({
    perform: (entry) => retryUnavailable(() => runEntry(entry, activities), retry),
    acknowledge: (ids) => retryUnavailable(() => hub.acknowledge(ids), retry),
    now: clock.now,
    logger,
  });
  const backoff = (maxMilliseconds: number) =>
    createBackoff({ firstMilliseconds: 250, maxMilliseconds, random });
  const outboxOptions = {
    capacity: options.capacity ?? 50,
    waitSeconds: options.waitSeconds ?? 20,
    visibilitySeconds,
  };
  let loops: Promise<unknown> = Promise.resolve();

  return {
    start() {
      loops = Promise.all([
        runOutboxLoop(
          { hub, queues, clock, backoff: backoff(15_000), logger },
          outboxOptions,
          stopping.signal,
        ),
        runTickLoop({ activities, clock, backoff: backoff(5_000), logger }, stopping.signal),
      ]);
    },
    async stop() {
      stopping.abort();
      await loops;
      await queues.idle();
    },
  };
}
