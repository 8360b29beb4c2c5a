import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { sleep } from "@seatrial/contracts/time/clock.ts";
import type { ConnectionNotice } from "../runs/connection-notice.ts";

const firstWaitMilliseconds = 250;
const mostWaitMilliseconds = 10_000;

/**
 * Asks the hub until it answers: one that is away (`unavailable`) is said once and asked again without end, as event
 * streams do. Null when the signal aborts first. Throws every other error.
 */
export async function untilAnswered<Answer>(
  ask: () => Promise<Answer>,
  notice: ConnectionNotice,
  signal?: AbortSignal,
): Promise<Answer | null> {
  let waitMilliseconds = firstWaitMilliseconds;
  while (!signal?.aborted) {
    try {
      const answer = await ask();
      notice.back();
      return answer;
    } catch (error) {
      if (!(error instanceof SeatrialError) || error.code !== "unavailable") throw error;
      notice.lost();
    }
    await sleep(waitMilliseconds, signal);
    waitMilliseconds = Math.min(mostWaitMilliseconds, waitMilliseconds * 2);
  }
  return null;
}
