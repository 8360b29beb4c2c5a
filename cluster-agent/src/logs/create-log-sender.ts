import type { LogPosition } from "@seatrial/contracts/agent-protocol/report.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { isFinal } from "@seatrial/hub-link/leases/is-final.ts";
import type { NewPiece } from "./drop-repeats.ts";
import { formatLogMark, type LogMark } from "./log-mark.ts";
import { takeChunk } from "./take-chunk.ts";

export type LogSenderDeps = {
  /** Sends one request to the hub; rejects with `SeatrialError`. */
  send: (request: {
    offset: number;
    text: string;
    gap: string | null;
    stamp: string | null;
  }) => Promise<LogPosition>;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
};

export type LogSender = {
  /** Takes pieces over; resolves when there is room for more, so a fast log waits for a slow hub. */
  write: (pieces: NewPiece[]) => Promise<void>;
  /** Puts a gap record between what was written and what is written next. */
  gap: (reason: string) => Promise<void>;
  /** Sends all that is left; resolves when the hub has it, or when nothing more can be sent. */
  drain: () => Promise<void>;
  /** True when the hub wants no more: its limit is reached or the lease is gone. */
  closed: () => boolean;
  /** How far the log was written (not: sent). */
  written: () => LogMark | null;
};

const highWaterBytes = 262_144;
/** Between two requests: lines that come meanwhile share the next one. */
const paceMilliseconds = 40;

/** Sends a log in order, one request at a time, at once when idle. `from` is what the hub has already. */
export function createLogSender(
  deps: LogSenderDeps,
  from: { offset: number; mark: LogMark | null },
): LogSender {
  const pieces: NewPiece[] = [];
  const backoff = createBackoff({ firstMilliseconds: 200, maxMilliseconds: 10_000, random: Math.random });
  let written = from.mark;
  let offset = from.offset;
  let pendingGap: string | null = null;
  let isClosed = false;
  let isFinalDrain = false;
  let sending: Promise<void> | null = null;
  let waiters: (() => void)[] = [];

  const bytesPending = () => pieces.reduce((sum, piece) => sum + piece.data.length, 0);
  const close = () => {
    isClosed = true;
    pieces.length = 0;
    pendingGap = null;
  };
  const wakeWriters = () => {
    const ready = waiters;
    waiters = [];
    for (const wake of ready) wake();
  };

  async function post(text: string, textBytes: number, mark: LogMark | null): Promise<void> {
    while (!isClosed && !deps.signal.aborted) {
      try {
        const stamp = mark === null ? null : formatLogMark(mark);
        const position = await deps.send({ offset, text, gap: pendingGap, stamp });
        pendingGap = null;
        backoff.reset();
        offset = Math.max(position.nextOffset, offset + textBytes);
        if (position.full) close();
        return;
      } catch (error) {
        await recover(error);
      }
    }
  }

  async function recover(error: unknown): Promise<void> {
    if (error instanceof SeatrialError && error.code === "log_gap") {
      pendingGap ??= "output before this was lost on its way to the hub";
      offset = Number(error.details.facts?.nextOffset ?? 0);
      return;
    }
    if (isFinal(error)) {
      deps.logger.warn({ error: String(error) }, "the hub takes no more of this log");
      return close();
    }
    await deps.clock.sleep(backoff.next(), deps.signal);
  }

  async function sendAll(): Promise<void> {
    // Lets the rest of what came in one read join the first request.
    await Promise.resolve();
    while (!isClosed && !deps.signal.aborted && (pieces.length > 0 || pendingGap !== null)) {
      const startedAt = deps.clock.now();
      const chunk = takeChunk(pieces, isFinalDrain);
      if (chunk === null && pendingGap === null) return;
      await post(chunk?.text ?? "", chunk?.textBytes ?? 0, chunk?.mark ?? null);
      wakeWriters();
      const left = startedAt + paceMilliseconds - deps.clock.now();
      if (!isFinalDrain && left > 0 && bytesPending() < highWaterBytes / 4)
        await deps.clock.sleep(left, deps.signal);
    }
  }

  function kick(): Promise<void> {
    sending ??= sendAll().finally(() => {
      sending = null;
      wakeWriters();
    });
    return sending;
  }

  async function drain(): Promise<void> {
    isFinalDrain = true;
    while (!isClosed && !deps.signal.aborted && (pieces.length > 0 || pendingGap !== null || sending))
      await kick();
  }

  return {
    closed: () => isClosed || deps.signal.aborted,
    written: () => written,
    async gap(reason) {
      await drain();
      isFinalDrain = false;
      if (!isClosed) pendingGap = reason.slice(0, 500);
    },
    async write(more) {
      const last = more.at(-1);
      if (!last || isClosed) return;
      for (const piece of more) pieces.push(piece);
      written = { stamp: last.stamp, bytes: last.bytesBefore + last.data.length };
      void kick();
      while (bytesPending() > highWaterBytes && !isClosed && !deps.signal.aborted)
        await new Promise<void>((resolve) => waiters.push(resolve));
    },
    drain,
  };
}
