import type { ClaimAnswer, ClaimRequest } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";

export type ClaimLoopDeps = {
  claim: (request: ClaimRequest, signal: AbortSignal) => Promise<ClaimAnswer>;
  /** What to ask with, read anew for each claim. */
  request: () => ClaimRequest;
  /** Called with each answer; the next claim waits for it. A rejection is logged and the loop goes on. */
  onAnswer: (answer: ClaimAnswer) => Promise<void>;
  /**
   * From one claim to the next it takes at least this long, read anew each time; 0 by default. Whoever has much in
   * hand asks for several at once this way: each claim costs the hub about as much as a piece of work does.
   */
  paceMilliseconds?: () => number;
  clock: Clock;
  logger: Logger;
  random?: () => number;
};

export type ClaimLoop = {
  start: () => void;
  /** Ends the held claim at once; resolves when the loop is out. */
  stop: () => Promise<void>;
  /** What the held claim says has changed: it is ended and asked anew. What it was given is handed out again. */
  refresh: () => void;
  /** The request that is held now; null between two. */
  held: () => ClaimRequest | null;
};

/**
 * Keeps one claim held, full or not: answer, handle, ask again. After an error it waits up to 0.5 s, doubling to 30 s, with
 * chance. It owns the timing; what an answer means is the caller's.
 */
export function createClaimLoop(deps: ClaimLoopDeps): ClaimLoop {
  const backoff = createBackoff({
    firstMilliseconds: 500,
    maxMilliseconds: 30_000,
    random: deps.random ?? Math.random,
  });
  const stopping = new AbortController();
  let refreshing = new AbortController();
  let held: ClaimRequest | null = null;
  let askedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> = Promise.resolve();

  async function keepPace(): Promise<void> {
    const left = askedAt + (deps.paceMilliseconds?.() ?? 0) - deps.clock.elapsed();
    if (left > 0) await deps.clock.sleep(left, stopping.signal);
    askedAt = deps.clock.elapsed();
  }

  async function turn(): Promise<void> {
    await keepPace();
    if (stopping.signal.aborted) return;
    refreshing = new AbortController();
    const mine = refreshing;
    try {
      held = deps.request();
      const answer = await deps.claim(held, AbortSignal.any([stopping.signal, mine.signal]));
      held = null;
      backoff.reset();
      await deps.onAnswer(answer);
    } catch (error) {
      held = null;
      if (stopping.signal.aborted || mine.signal.aborted) return;
      const waitMilliseconds = backoff.next();
      deps.logger.warn({ error: String(error), waitMilliseconds }, "claim failed, trying again");
      await deps.clock.sleep(waitMilliseconds, stopping.signal);
    }
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) await turn();
  }

  return {
    start() {
      running = loop();
    },
    stop() {
      stopping.abort();
      return running;
    },
    refresh: () => refreshing.abort(),
    held: () => held,
  };
}
