import type { HeartbeatAnswer } from "@seatrial/contracts/agent-protocol/hold.ts";
import type { LeaseTimes } from "@seatrial/contracts/agent-protocol/join.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";

export type HeartbeatLoopDeps = {
  /** The leases to keep; none: no request is made. */
  leases: () => string[];
  heartbeat: (leases: string[], signal: AbortSignal) => Promise<HeartbeatAnswer>;
  /** Called with each answer; a rejection is logged and the loop goes on. */
  onAnswer: (answer: HeartbeatAnswer) => Promise<void>;
  /** The hub's times, read anew for each beat. */
  times: () => LeaseTimes;
  clock: Clock;
  logger: Logger;
};

export type HeartbeatLoop = { start: () => void; stop: () => Promise<void> };

/**
 * One request for all leases every `heartbeatSeconds`. A beat that failed, or got no answer for as long, is made up for
 * after a quarter of that, so that one lost request does not cost a lease.
 */
export function createHeartbeatLoop(deps: HeartbeatLoopDeps): HeartbeatLoop {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function beat(): Promise<boolean> {
    const leases = deps.leases();
    if (leases.length === 0) return true;
    const over = new AbortController();
    try {
      await deps.onAnswer(await deps.heartbeat(leases, patience(over.signal)));
      return true;
    } catch (error) {
      if (!stopping.signal.aborted)
        deps.logger.warn({ error: String(error) }, "heartbeat failed, trying again");
      return false;
    } finally {
      over.abort();
    }
  }

  /** Aborts when a beat has waited for its answer until the next one is due. A dead connection tells nothing by itself. */
  function patience(over: AbortSignal): AbortSignal {
    const tooLong = new AbortController();
    const { heartbeatSeconds } = deps.times();
    void deps.clock.sleep(heartbeatSeconds * 1_000, AbortSignal.any([over, stopping.signal])).then(() => {
      if (!over.aborted) tooLong.abort();
    });
    return AbortSignal.any([stopping.signal, tooLong.signal]);
  }

  async function loop(): Promise<void> {
    let wentWell = true;
    while (!stopping.signal.aborted) {
      const seconds = deps.times().heartbeatSeconds / (wentWell ? 1 : 4);
      await deps.clock.sleep(seconds * 1_000, stopping.signal);
      if (!stopping.signal.aborted) wentWell = await beat();
    }
  }

  return {
    start() {
      running = loop();
    },
    stop() {
      stopping.abort();
      return running;
    },
  };
}
