import type { Clock } from "@seatrial/contracts/time/clock.ts";

/** How long an agent waits, in milliseconds, before it does for a pod what one that is over soon does not need. */
export type Patience = {
  /** Before a pod that does not run yet is told as starting. */
  starting: number;
  /** Before a pod that runs is told so, and its log is followed. */
  running: number;
};

const leastMs = { starting: 250, running: 100 };
const mostMs = 1_000;
/** Pods that begin within a second before anybody waits longer, and what each further one adds. */
const usualStarts = 4;
const eachMs = 300;
const spanMs = 1_000;

/**
 * Answers each pod that begins how long it waits. Short as long as few begin, so that people see at once what happens;
 * longer while many do, whose requests would be most of the work: each quick one then costs its end and one look at its
 * log, and no connection that is broken off.
 */
export function createPatience(clock: Pick<Clock, "elapsed">): () => Patience {
  let starts: number[] = [];
  return () => {
    const now = clock.elapsed();
    starts = [...starts.filter((at) => now - at < spanMs), now];
    const more = eachMs * Math.max(0, starts.length - usualStarts);
    const running = Math.min(mostMs, leastMs.running + more);
    return { starting: Math.max(leastMs.starting, running), running };
  };
}
