import { stampInUtc } from "./log-mark.ts";

/** Bytes of one line, possibly only some of them, with the line's stamp in UTC. `data` includes the line end. */
export type LogPiece = { stamp: string; data: Uint8Array };

export type LogParser = {
  /** Pieces of the next bytes of the stream. */
  push: (chunk: Uint8Array) => LogPiece[];
  /** Lines that carried no stamp: the kubelet's own words in the stream, the last few. */
  complaints: () => string[];
};

/** No stamp of the kubelet is longer: RFC 3339 with nine decimals and an offset. */
const maxStampBytes = 40;
const newline = 10;
const space = 32;

/**
 * Takes a log with `timestamps=true` apart as it comes. A line may be endless: its pieces are handed on at once, so
 * memory stays at the size of a chunk.
 */
export function createLogParser(): LogParser {
  let stamp: string | null = null;
  let inPlainLine = false;
  let head: number[] = [];
  const complaints: string[] = [];

  function readHead(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (byte !== space && byte !== newline && head.length < maxStampBytes) {
        head.push(byte);
        continue;
      }
      const text = String.fromCharCode(...head);
      head = [];
      const utc = byte === space ? stampInUtc(text) : null;
      if (utc !== null) {
        stamp = utc;
        return at + 1;
      }
      complaints.splice(0, Math.max(0, complaints.length - 4));
      complaints.push(text);
      inPlainLine = byte !== newline;
      return at + 1;
    }
    return chunk.length;
  }

  return {
    complaints: () => complaints,
    push(chunk) {
      const pieces: LogPiece[] = [];
      let at = 0;
      while (at < chunk.length) {
        if (stamp === null && !inPlainLine) {
          at = readHead(chunk, at);
          continue;
        }
        const end = chunk.indexOf(newline, at);
        const until = end === -1 ? chunk.length : end + 1;
        if (stamp !== null) pieces.push({ stamp, data: chunk.subarray(at, until) });
        if (end !== -1) {
          stamp = null;
          inPlainLine = false;
        }
        at = until;
      }
      return pieces;
    },
  };
}
