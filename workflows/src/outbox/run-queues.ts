import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import type { OutboxEntry } from "@seatrial/contracts/worker-protocol/outbox.ts";
import { isSameWork } from "./run-entry.ts";

export type RunQueuesDeps = {
  perform: (entry: OutboxEntry) => Promise<void>;
  acknowledge: (ids: string[]) => Promise<void>;
  now: () => number;
  logger: Logger;
};

export type RunQueues = {
  /** Takes entries in the hub's order; ones that are here already are ignored. */
  add: (entries: readonly OutboxEntry[]) => void;
  /** Entries taken and not finished. */
  size: () => number;
  /** Resolves when something finished, or at once when nothing is open. */
  progress: () => Promise<void>;
  /** Resolves when nothing is open. */
  idle: () => Promise<void>;
};

const firstPauseMilliseconds = 1_000;
const maxPauseMilliseconds = 300_000;

/**
 * Several runs at once, each strictly in order. When an entry fails, its run's other entries are dropped with it: all
 * come again, in order, when their visibility ends. A run that keeps failing is left alone for longer each time.
 */
export function createRunQueues(deps: RunQueuesDeps): RunQueues {
  const queues = new Map<string, OutboxEntry[]>();
  const failures = new Map<string, { times: number; pausedUntil: number }>();
  let waiting: (() => void)[] = [];

  function announce(): void {
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  }

  function fail(runId: string, error: unknown): void {
    const times = (failures.get(runId)?.times ?? 0) + 1;
    const pause = Math.min(maxPauseMilliseconds, firstPauseMilliseconds * 2 ** Math.min(times - 1, 20));
    failures.set(runId, { times, pausedUntil: deps.now() + pause });
    deps.logger.warn({ runId, times, error: String(error) }, "an activity failed; its entries come again");
  }

  async function step(queue: OutboxEntry[], head: OutboxEntry): Promise<void> {
    const group = leading(queue, head);
    await deps.perform(head).catch((error: unknown) => {
      // A run that is gone needs nothing any more.
      if (!(error instanceof SeatrialError && error.code === "not_found")) throw error;
    });
    await deps.acknowledge(group.map((entry) => entry.id));
    failures.delete(subjectOf(head));
    queue.splice(0, group.length);
  }

  async function drain(runId: string, queue: OutboxEntry[]): Promise<void> {
    try {
      for (let head = queue[0]; head; head = queue[0]) {
        await step(queue, head);
        announce();
      }
    } catch (error) {
      fail(runId, error);
    }
    queues.delete(runId);
    announce();
  }

  function take(entry: OutboxEntry): void {
    if (deps.now() < (failures.get(subjectOf(entry))?.pausedUntil ?? 0)) return;
    const queue = queues.get(subjectOf(entry));
    if (queue) {
      if (!queue.some((known) => known.id === entry.id)) queue.push(entry);
      return;
    }
    queues.set(subjectOf(entry), [entry]);
  }

  const size = () => [...queues.values()].reduce((sum, queue) => sum + queue.length, 0);
  const progress = () =>
    size() === 0 ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve));
  return {
    add(entries) {
      const before = new Set(queues.keys());
      for (const entry of entries) take(entry);
      for (const [runId, queue] of queues) if (!before.has(runId)) void drain(runId, queue);
    },
    size,
    progress,
    async idle() {
      while (size() > 0) await progress();
    },
  };
}

/** The entries at the front that one activity answers. */
function leading(queue: readonly OutboxEntry[], head: OutboxEntry): OutboxEntry[] {
  const end = queue.findIndex((entry) => !isSameWork(head, entry));
  return queue.slice(0, end === -1 ? queue.length : end);
}

function subjectOf(entry: OutboxEntry): string {
  return entry.runId ?? entry.environmentId ?? "";
}
