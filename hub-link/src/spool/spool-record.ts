import { crc32 } from "node:zlib";

/** In the order in which they are given up when room runs out: output first, an attempt's end last. */
export const recordClasses = ["log", "progress", "end"] as const;
export type RecordClass = (typeof recordClasses)[number];

/** Something the hub has to hear about a lease; `body` is JSON and means something to its writer alone. */
export type SpoolRecord = { class: RecordClass; body: unknown };

export const frameHeadBytes = 8;
/** No writer makes larger ones, so a longer length is rubbish. */
export const maxPayloadBytes = 4 * 1_048_576;

/** A record as it lies in a file: length and CRC-32 of the payload (big-endian), then the payload. */
export function encodeRecord(record: SpoolRecord): Buffer {
  const payload = Buffer.from(JSON.stringify([record.class, record.body]));
  const frame = Buffer.allocUnsafe(frameHeadBytes + payload.length);
  frame.writeUInt32BE(payload.length, 0);
  frame.writeUInt32BE(crc32(payload), 4);
  payload.copy(frame, frameHeadBytes);
  return frame;
}

/** What the head of a frame says; null when it cannot be one. */
export function readFrameHead(head: Buffer): { payloadBytes: number; checksum: number } | null {
  if (head.length < frameHeadBytes) return null;
  const payloadBytes = head.readUInt32BE(0);
  if (payloadBytes === 0 || payloadBytes > maxPayloadBytes) return null;
  return { payloadBytes, checksum: head.readUInt32BE(4) };
}

/** The record of a payload; null when it is not what was written. */
export function decodePayload(payload: Buffer, checksum: number): SpoolRecord | null {
  if (crc32(payload) !== checksum) return null;
  try {
    const [recordClass, body] = JSON.parse(payload.toString("utf8")) as [RecordClass, unknown];
    return recordClasses.includes(recordClass) ? { class: recordClass, body } : null;
  } catch {
    return null;
  }
}
