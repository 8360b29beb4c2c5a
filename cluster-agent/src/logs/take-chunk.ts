import { limits } from "@seatrial/contracts/limits.ts";
import type { NewPiece } from "./drop-repeats.ts";
import type { LogMark } from "./log-mark.ts";

export type LogChunkToSend = { text: string; textBytes: number; mark: LogMark };

/** One byte may become three (U+FFFD), so a third of the limit always fits. */
const surelyFits = Math.floor(limits.logChunkBytes / 3);

/**
 * Takes as much from the front of `pieces` as one request may carry, as text that JSON and the database can hold: what
 * is no UTF-8 and NUL become U+FFFD. A character is never cut in two; bytes of one that is not complete yet stay,
 * unless `final`. Null when there is nothing to take.
 */
export function takeChunk(pieces: NewPiece[], final: boolean): LogChunkToSend | null {
  const raw = Buffer.concat(frontOf(pieces, limits.logChunkBytes));
  const whole = wholeCharacters(raw, final);
  let taken = whole;
  let text = decode(raw.subarray(0, taken));
  if (Buffer.byteLength(text) > limits.logChunkBytes) {
    taken = wholeCharacters(raw.subarray(0, surelyFits), false);
    text = decode(raw.subarray(0, taken));
  }
  if (taken === 0) return null;
  return { text, textBytes: Buffer.byteLength(text), mark: advance(pieces, taken) };
}

function frontOf(pieces: NewPiece[], bytes: number): Uint8Array[] {
  const front: Uint8Array[] = [];
  let left = bytes;
  for (const { data } of pieces) {
    if (left <= 0) break;
    front.push(data.subarray(0, left));
    left -= data.length;
  }
  return front;
}

/** Removes so many bytes from the front; the mark says where that is. */
function advance(pieces: NewPiece[], bytes: number): LogMark {
  let left = bytes;
  let mark: LogMark = { stamp: "", bytes: 0 };
  let done = 0;
  for (const piece of pieces) {
    if (left <= 0) break;
    const taken = Math.min(left, piece.data.length);
    left -= taken;
    mark = { stamp: piece.stamp, bytes: piece.bytesBefore + taken };
    piece.data = piece.data.subarray(taken);
    piece.bytesBefore += taken;
    if (piece.data.length === 0) done += 1;
  }
  pieces.splice(0, done);
  return mark;
}

/** How many bytes end with a whole character (UTF-8: a lead byte says how many follow). */
function wholeCharacters(raw: Uint8Array, final: boolean): number {
  if (final && raw.length < surelyFits) return raw.length;
  for (let back = 1; back <= Math.min(3, raw.length); back += 1) {
    const byte = raw[raw.length - back] ?? 0;
    if (byte < 0x80) return raw.length;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? raw.length - back : raw.length;
  }
  return raw.length;
}

function decode(raw: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(raw).replaceAll("\0", "\ufffd");
}
