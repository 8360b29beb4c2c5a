import type { Clock } from "@seatrial/contracts/time/clock.ts";

/** What is done for people without rights: so much of it in an hour and no more, or they would use up the App's limits. */
export type Courtesy = { take: (repositoryId: string) => boolean };

const mostAnHour = 30;
const hourMilliseconds = 3_600_000;

/** Counted for each repository by itself, in memory. */
export function createCourtesy(clock: Clock): Courtesy {
  const hours = new Map<string, { since: number; taken: number }>();
  return {
    take(repositoryId) {
      const now = clock.now();
      const known = hours.get(repositoryId);
      const hour =
        known === undefined || now - known.since >= hourMilliseconds ? { since: now, taken: 0 } : known;
      hours.set(repositoryId, hour);
      hour.taken += 1;
      return hour.taken <= mostAnHour;
    },
  };
}
