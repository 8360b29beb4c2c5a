import { type LogMark, stampNanoseconds } from "./log-mark.ts";
import type { LogPiece } from "./parse-log-stream.ts";

/** A piece that is new, with how many bytes of its stamp came before it. */
export type NewPiece = LogPiece & { bytesBefore: number };

export type RepeatFilter = {
  /** The new part of a piece; null when all of it was read before. */
  pass: (piece: LogPiece) => NewPiece | null;
  /** True when the stream went on after the mark without showing the marked line again: something is missing. */
  lostOverlap: () => boolean;
};

/**
 * For one stream that starts at or before `mark`: drops what was read in streams before it. The API takes whole
 * seconds, so a resumed stream repeats up to a second.
 */
export function createRepeatFilter(mark: LogMark | null): RepeatFilter {
  const markedAt = mark === null ? null : stampNanoseconds(mark.stamp);
  let resuming = mark !== null;
  let sawOverlap = mark === null;
  let current: LogMark | null = null;

  function count(piece: LogPiece): number {
    if (current?.stamp !== piece.stamp) current = { stamp: piece.stamp, bytes: 0 };
    const before = current.bytes;
    current.bytes += piece.data.length;
    return before;
  }

  return {
    lostOverlap: () => !resuming && !sawOverlap,
    pass(piece) {
      const bytesBefore = count(piece);
      if (!resuming || mark === null || markedAt === null) return { ...piece, bytesBefore };
      const at = stampNanoseconds(piece.stamp) ?? 0n;
      if (at <= markedAt) sawOverlap = true;
      if (at < markedAt) return null;
      if (at > markedAt) {
        resuming = false;
        return { ...piece, bytesBefore };
      }
      const repeated = Math.max(0, mark.bytes - bytesBefore);
      if (repeated >= piece.data.length) return null;
      return { stamp: piece.stamp, data: piece.data.subarray(repeated), bytesBefore: bytesBefore + repeated };
    },
  };
}
