import type { Logger } from "@seatrial/contracts/logger.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { PodApi } from "../pods/pod-api.ts";
import type { LogSender } from "./create-log-sender.ts";
import { createRepeatFilter, type NewPiece } from "./drop-repeats.ts";
import { createLogParser } from "./parse-log-stream.ts";

export type LogFollowerDeps = {
  log: PodApi["log"];
  podName: string;
  sender: LogSender;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
};

export type LogFollower = {
  /** The container runs: its output is followed from here on. A second call does nothing. */
  start: () => void;
  /** The container has ended: reads what is left and resolves when the hub has all of it. */
  finish: () => Promise<void>;
};

const finalTries = 4;

/** Follows one container's output over broken streams, restarts and rotations. */
export function createLogFollower(deps: LogFollowerDeps): LogFollower {
  const stopFollowing = new AbortController();
  const following = AbortSignal.any([deps.signal, stopFollowing.signal]);
  let loop: Promise<void> | null = null;

  async function read(follow: boolean, signal: AbortSignal): Promise<void> {
    const mark = deps.sender.written();
    const filter = createRepeatFilter(mark);
    const parser = createLogParser();
    let toldGap = false;
    const stream = await deps.log(deps.podName, { follow, since: mark?.stamp ?? null }, signal);
    for await (const chunk of stream) {
      const fresh = parser
        .push(chunk)
        .map(filter.pass)
        .filter((piece): piece is NewPiece => piece !== null);
      if (filter.lostOverlap() && !toldGap) {
        toldGap = true;
        await deps.sender.gap("the node rotated this log: output is missing here");
      }
      await deps.sender.write(fresh);
      if (deps.sender.closed() || signal.aborted) return;
    }
    for (const complaint of parser.complaints())
      deps.logger.debug({ complaint }, "the kubelet says of this log");
  }

  async function follow(): Promise<void> {
    const backoff = createBackoff({ firstMilliseconds: 200, maxMilliseconds: 5_000, random: Math.random });
    while (!following.aborted && !deps.sender.closed()) {
      const before = deps.sender.written();
      await read(true, following).catch((error) => {
        if (!following.aborted) deps.logger.debug({ error: String(error) }, "a log stream broke");
      });
      if (deps.sender.written() !== before) backoff.reset();
      await deps.clock.sleep(backoff.next(), following);
    }
  }

  async function readRest(): Promise<void> {
    for (let left = finalTries; left > 0 && !deps.signal.aborted && !deps.sender.closed(); left -= 1) {
      try {
        return await read(false, deps.signal);
      } catch (error) {
        deps.logger.debug({ error: String(error), left }, "reading the end of a log failed");
        if (left === 1) await deps.sender.gap("the end of this log could not be read from the node");
        else await deps.clock.sleep(300, deps.signal);
      }
    }
  }

  return {
    start() {
      loop ??= follow();
    },
    async finish() {
      stopFollowing.abort();
      await loop;
      await readRest();
      await deps.sender.drain();
    },
  };
}
