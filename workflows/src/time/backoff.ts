export type Backoff = { next: () => number; reset: () => void };

export type BackoffOptions = {
  firstMilliseconds: number;
  maxMilliseconds: number;
  /** A number in [0, 1): `Math.random` outside tests. */
  random: () => number;
};

/**
 * Waits that double from the first to the maximum, half of each by chance ("equal jitter", AWS Architecture Blog,
 * "Exponential Backoff And Jitter"), so that several workers do not come back at one moment.
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
