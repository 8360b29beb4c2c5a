import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Backoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { OutboxEntry } from "@seatrial/contracts/worker-protocol/outbox.ts";
import type { WorkerHub } from "../hub/worker-hub.ts";
import { groupBySubject, type Subject } from "./subject.ts";

export type OutboxLoopDeps = {
  hub: Pick<WorkerHub, "claimOutbox" | "acknowledge">;
  /** Starts or signals a workflow; throws when Temporal did not take it. */
  tell: (subject: Subject) => Promise<void>;
  clock: Clock;
  backoff: Backoff;
  logger: Logger;
};

export type OutboxLoopOptions = {
  /** Entries handed on at once; no more are claimed while so many are open. */
  capacity: number;
  waitSeconds: number;
  visibilitySeconds: number;
};

/**
 * Keeps one claim held at the hub's outbox and hands each subject on to its workflow, until the signal aborts; then
 * what was begun is finished. An entry is acknowledged once Temporal has it; what was not acknowledged comes again when
 * its visibility ends. While the hub does not answer it waits, longer each time.
 */
export async function runOutboxLoop(
  deps: OutboxLoopDeps,
  options: OutboxLoopOptions,
  signal: AbortSignal,
): Promise<void> {
  const { capacity, waitSeconds, visibilitySeconds } = options;
  const open = new Set<Promise<void>>();
  let openEntries = 0;
  while (!signal.aborted) {
    if (openEntries >= capacity) {
      await Promise.race(open);
      continue;
    }
    try {
      const limit = capacity - openEntries;
      const entries = await deps.hub.claimOutbox({ limit, waitSeconds, visibilitySeconds }, signal);
      deps.backoff.reset();
      openEntries += entries.length;
      const handing = handOn(deps, entries).then(() => {
        openEntries -= entries.length;
        open.delete(handing);
      });
      open.add(handing);
    } catch (error) {
      if (signal.aborted) break;
      const waitMilliseconds = deps.backoff.next();
      deps.logger.warn({ error: String(error), waitMilliseconds }, "the outbox did not answer, trying again");
      await deps.clock.sleep(waitMilliseconds, signal);
    }
  }
  await Promise.all(open);
}

/** Many entries of one subject are one signal, and no subject waits for another. */
async function handOn(deps: OutboxLoopDeps, entries: readonly OutboxEntry[]): Promise<void> {
  const { logger } = deps;
  await Promise.all(
    groupBySubject(entries).map(async ({ subject, ids }) => {
      try {
        if (subject !== null) await deps.tell(subject);
        await deps.hub.acknowledge(ids);
      } catch (error) {
        logger.warn({ subject: subject?.workflowId, error: String(error) }, "not handed on; it comes again");
      }
    }),
  );
}
