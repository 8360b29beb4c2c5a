import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { Reporter } from "../reports/open-reporter.ts";
import type { NewPiece } from "./drop-repeats.ts";
import { formatLogMark, type LogMark } from "./log-mark.ts";
import { takeChunk } from "./take-chunk.ts";

export type LogSenderDeps = {
  report: Reporter["log"];
  clock: Clock;
  signal: AbortSignal;
};

export type LogSender = {
  /** Takes pieces over; resolves when there is room for more, so a fast log waits for a slow hub. */
  write: (pieces: NewPiece[]) => Promise<void>;
  /** Puts a gap record between what was written and what is written next. */
  gap: (reason: string) => Promise<void>;
  /** Hands on all that is left; resolves when the hub has it or the disk keeps it, or when nothing more is taken. */
  drain: () => Promise<void>;
  /** True when the hub wants no more: its limit is reached or the lease is gone. */
  closed: () => boolean;
  /** How far the log was written (not: sent). */
  written: () => LogMark | null;
};

const highWaterBytes = 262_144;
/** A piece costs some 250 bytes besides its text, and a line may have none. */
const highWaterPieces = 4_096;
/** Between two requests: lines that come meanwhile share the next one. */
const paceMilliseconds = 40;

/** Makes chunks of a log in order, one at a time, at once when idle. `from` is how far it was read before. */
export function createLogSender(deps: LogSenderDeps, from: LogMark | null): LogSender {
  const pieces: NewPiece[] = [];
  let written = from;
  let pendingGap: string | null = null;
  let isClosed = false;
  let isFinalDrain = false;
  let sending: Promise<void> | null = null;
  let waiters: (() => void)[] = [];

  const bytesPending = () => pieces.reduce((sum, piece) => sum + piece.data.length, 0);
  const isFull = () => pieces.length > highWaterPieces || bytesPending() > highWaterBytes;
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
    const gap = pendingGap;
    pendingGap = null;
    const stamp = mark === null ? null : formatLogMark(mark);
    if ((await deps.report({ text, textBytes, gap, stamp })) === "closed") close();
  }

  async function sendAll(): Promise<void> {
    // Lets the rest of what came in one read join the first request.
    await Promise.resolve();
    while (!isClosed && !deps.signal.aborted && (pieces.length > 0 || pendingGap !== null)) {
      const startedAt = deps.clock.elapsed();
      const chunk = takeChunk(pieces, isFinalDrain);
      if (chunk === null && pendingGap === null) return;
      await post(chunk?.text ?? "", chunk?.textBytes ?? 0, chunk?.mark ?? null);
      wakeWriters();
      const left = startedAt + paceMilliseconds - deps.clock.elapsed();
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
      while (isFull() && !isClosed && !deps.signal.aborted)
        await new Promise<void>((resolve) => waiters.push(resolve));
    },
    drain,
  };
}
