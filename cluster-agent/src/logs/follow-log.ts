import type { Logger } from "@seatrial/contracts/logger.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { hasStatus } from "@seatrial/kube-link/kube-error.ts";
import type { PodApi } from "../pods/pod-api.ts";
import type { LogSender } from "./create-log-sender.ts";
import { createRepeatFilter, type NewPiece } from "./drop-repeats.ts";
import { endIfSilent } from "./end-if-silent.ts";
import { createLogParser } from "./parse-log-stream.ts";

export type LogFollowerDeps = {
  log: PodApi["log"];
  podName: string;
  sender: LogSender;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
  /** Between `start` and the first request. */
  followAfterMs: number;
};

export type LogFollower = {
  /** The container runs: its output is followed from here on. A second call does nothing. */
  start: () => void;
  /** The container has ended: reads what is left and resolves when the hub has all of it. */
  finish: () => Promise<void>;
};

/** With their pauses half a minute: a kubelet or an API server that starts anew is back by then. */
const finalTries = 9;
/** The end of a log is read from a file: nothing that comes for so long is a node that hangs. */
const silentMilliseconds = 30_000;

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
    const open = (until: AbortSignal) =>
      deps.log(deps.podName, { follow, since: mark?.stamp ?? null }, until);
    const stream = follow ? await open(signal) : endIfSilent(open, deps.clock, silentMilliseconds, signal);
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
    const backoff = createBackoff({ firstMilliseconds: 300, maxMilliseconds: 6_000, random: Math.random });
    for (let left = finalTries; left > 0 && !deps.signal.aborted && !deps.sender.closed(); left -= 1) {
      try {
        return await read(false, deps.signal);
      } catch (error) {
        deps.logger.debug({ error: String(error), left }, "reading the end of a log failed");
        const isOver = left === 1 || hasStatus(error, 404);
        if (isOver) return await deps.sender.gap("the end of this log could not be read from the node");
        await deps.clock.sleep(backoff.next(), deps.signal);
      }
    }
  }

  return {
    start() {
      loop ??= deps.clock.sleep(deps.followAfterMs, following).then(follow);
    },
    async finish() {
      stopFollowing.abort();
      await loop;
      await readRest();
      await deps.sender.drain();
    },
  };
}
