/** Time as the loops see it. */
export type Clock = {
  /** Milliseconds since 1970. */
  now: () => number;
  /** Resolves after the time, or as soon as the signal aborts; it never rejects. */
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
};

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal?.addEventListener("abort", done, { once: true });
    }),
};
