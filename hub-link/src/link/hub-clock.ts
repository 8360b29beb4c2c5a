import type { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";

export type HubClock = {
  /** The hub's time as far as it is known: milliseconds since 1970. */
  now: () => number;
  /** Learns the hub's time from its refusal of a proof; false when that refusal does not tell it. */
  learn: (refusal: SeatrialError, dateHeader: string | null) => boolean;
};

/**
 * The hub's time by this machine's clock. Both are taken for the same until the hub refuses a proof as `clock_skew`;
 * from then on the difference is added. Every correction is logged once, with its size: the clock should be set, but
 * work does not wait for that.
 */
export function createHubClock(clock: Pick<Clock, "now">, logger: Logger): HubClock {
  let offsetMilliseconds = 0;
  return {
    now: () => clock.now() + offsetMilliseconds,
    learn(refusal, dateHeader) {
      const told = refusal.details.facts?.hubTime ?? dateHeader;
      const hubTime = Date.parse(String(told));
      if (Number.isNaN(hubTime)) return false;
      offsetMilliseconds = hubTime - clock.now();
      const seconds = Math.round(Math.abs(offsetMilliseconds) / 1_000);
      logger.warn(
        { skewSeconds: -Math.round(offsetMilliseconds / 1_000) },
        `this machine's clock is ${seconds} s ${offsetMilliseconds > 0 ? "behind" : "ahead of"} the hub's: requests go by the hub's time from now on; set the clock of this node (NTP)`,
      );
      return true;
    },
  };
}
