import { SeatrialError, statusOf } from "@seatrial/contracts/errors.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";

/**
 * Repeats a step of the start while a hub or an API server is away. What the hub refuses (a used token, a revoked
 * member) is thrown at once: repeating does not change it.
 */
export async function untilItWorks<Result>(
  deps: { clock: Clock; logger: Logger },
  what: string,
  step: () => Promise<Result>,
): Promise<Result> {
  const backoff = createBackoff({ firstMilliseconds: 300, maxMilliseconds: 5_000, random: Math.random });
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (error instanceof SeatrialError && statusOf(error.code) < 500 && error.code !== "clock_skew")
        throw error;
      deps.logger.warn({ error: String(error) }, `${what} did not work yet, trying again`);
      await deps.clock.sleep(backoff.next());
    }
  }
}
