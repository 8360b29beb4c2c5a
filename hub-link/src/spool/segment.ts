import { type FileHandle, open } from "node:fs/promises";
import { decodePayload, frameHeadBytes, readFrameHead, type SpoolRecord } from "./spool-record.ts";

export type ReadFrame = { record: SpoolRecord; bytes: number };

/** One file of whole records, one after the other. */
export type Segment = {
  path: string;
  /** Where its last whole record ends. */
  bytes: () => number;
  /** False when the disk left something behind that could not be taken back: nothing more may follow it. */
  isSound: () => boolean;
  /** Adds a frame as a whole, or throws and leaves the file as it was. */
  append: (frame: Buffer, isDurable: boolean) => Promise<void>;
  /** The record at this place; null at the end. What cannot be read ends the segment. */
  read: (offset: number) => Promise<ReadFrame | null>;
  close: () => Promise<void>;
};

/**
 * Opens a segment, or makes an empty one. A last record that was torn (the process or the disk ended in the middle of
 * it) is cut off.
 */
export async function openSegment(path: string, onRecord: (record: SpoolRecord) => void): Promise<Segment> {
  const file = await open(path, "a+", 0o600);
  const { size } = await file.stat();
  let end = 0;
  for (;;) {
    const frame = await readFrame(file, end);
    if (!frame) break;
    end += frame.bytes;
    onRecord(frame.record);
  }
  if (end < size) await file.truncate(end);
  let isSound = true;

  return {
    path,
    bytes: () => end,
    isSound: () => isSound,
    async append(frame, isDurable) {
      try {
        await file.appendFile(frame);
        if (isDurable) await file.datasync();
      } catch (error) {
        isSound = await file.truncate(end).then(
          () => true,
          () => false,
        );
        throw error;
      }
      end += frame.length;
    },
    read: (offset) => (offset >= end ? Promise.resolve(null) : readFrame(file, offset)),
    close: () => file.close(),
  };
}

async function readFrame(file: FileHandle, offset: number): Promise<ReadFrame | null> {
  const head = readFrameHead(await readAt(file, offset, frameHeadBytes));
  if (!head) return null;
  const payload = await readAt(file, offset + frameHeadBytes, head.payloadBytes);
  if (payload.length < head.payloadBytes) return null;
  const record = decodePayload(payload, head.checksum);
  return record && { record, bytes: frameHeadBytes + head.payloadBytes };
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}
