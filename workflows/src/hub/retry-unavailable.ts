import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";

export type RetryOptions = {
  clock: Clock;
  random: () => number;
  /** How long to go on trying; then the last error is thrown. */
  forSeconds: number;
  /** No more tries after this aborts. */
  signal: AbortSignal;
};

/** Does a call again while the hub does not answer, for a short outage. Every other error is thrown at once. */
export async function retryUnavailable<Answer>(
  call: () => Promise<Answer>,
  options: RetryOptions,
): Promise<Answer> {
  const { clock, random, signal } = options;
  const until = clock.now() + options.forSeconds * 1_000;
  const backoff = createBackoff({ firstMilliseconds: 200, maxMilliseconds: 3_000, random });
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const waitMilliseconds = backoff.next();
      const isShort = error instanceof SeatrialError && error.code === "unavailable";
      if (!isShort || signal.aborted || clock.now() + waitMilliseconds > until) throw error;
      await clock.sleep(waitMilliseconds, signal);
    }
  }
}
