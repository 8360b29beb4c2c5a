export type BackoffOptions = {
  firstMilliseconds: number;
  maxMilliseconds: number;
  /** A number in [0, 1): `Math.random` outside tests. */
  random: () => number;
};

export type Backoff = {
  /** How long to wait before the next try: doubles from the first up to the maximum, half of it by chance. */
  next: () => number;
  /** After a success: the next failure starts from the beginning. */
  reset: () => void;
};

/**
 * Exponential back-off with "equal jitter" (AWS Architecture Blog, "Exponential Backoff And Jitter"): half the wait is
 * sure, half is chance, so that many agents do not come back at the same moment.
 */
export function createBackoff(options: BackoffOptions): Backoff {
  let tries = 0;
  return {
    next() {
      const full = Math.min(options.maxMilliseconds, options.firstMilliseconds * 2 ** Math.min(tries, 20));
      tries += 1;
      return full / 2 + (full / 2) * options.random();
    },
    reset() {
      tries = 0;
    },
  };
}
