/** Time as the loops see it. Tests hand in a clock they turn by hand. */
export type Clock = {
  /** Milliseconds since 1970. */
  now: () => number;
  /**
   * Whole milliseconds since a moment of its own, for spans: somebody may set the clock behind `now` (NTP does), and
   * what is computed from two of its answers is then wrong by the size of that step.
   */
  elapsed: () => number;
  /** Resolves after the time, or as soon as the signal aborts; it never rejects. */
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
};

/** Waits on the machine's clock: resolves after the time, or as soon as the signal aborts. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => Math.floor(performance.now()),
  sleep,
};
