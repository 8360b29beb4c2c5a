import type { Clock } from "./clock.ts";

export type ManualClock = Clock & {
  /** Moves time on and wakes every sleeper whose time has come, in order of their times. */
  advance: (milliseconds: number) => Promise<void>;
  /** Sets `now` forward or back, as NTP does: no time passes, and no sleeper notices. */
  step: (milliseconds: number) => void;
  /** Resolves when this many sleepers wait. */
  sleepers: (count: number) => Promise<void>;
  /** How long the sleepers that wait now asked for, in order of their call. */
  waits: () => number[];
};

type Sleeper = { dueAt: number; milliseconds: number; wake: () => void };

/** A clock for tests: it stands still until `advance`. */
export function createManualClock(startMilliseconds = 1_750_000_000_000): ManualClock {
  let now = startMilliseconds;
  let elapsed = 0;
  let sleepers: Sleeper[] = [];
  let watchers: { count: number; resolve: () => void }[] = [];

  function announce(): void {
    const ready = watchers.filter((watcher) => sleepers.length >= watcher.count);
    watchers = watchers.filter((watcher) => !ready.includes(watcher));
    for (const watcher of ready) watcher.resolve();
  }

  return {
    now: () => now,
    elapsed: () => elapsed,
    step: (milliseconds) => {
      now += milliseconds;
    },
    waits: () => sleepers.map((sleeper) => sleeper.milliseconds),
    sleepers: (count) =>
      new Promise((resolve) => {
        watchers.push({ count, resolve });
        announce();
      }),
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper: Sleeper = { dueAt: elapsed + milliseconds, milliseconds, wake: resolve };
        const drop = () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          resolve();
        };
        signal?.addEventListener("abort", drop, { once: true });
        sleepers.push(sleeper);
        announce();
      }),
    async advance(milliseconds) {
      now += milliseconds;
      elapsed += milliseconds;
      const due = sleepers.filter((sleeper) => sleeper.dueAt <= elapsed).sort((a, b) => a.dueAt - b.dueAt);
      sleepers = sleepers.filter((sleeper) => !due.includes(sleeper));
      for (const sleeper of due) sleeper.wake();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
