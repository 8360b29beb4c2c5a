import { mkdir, readdir, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { openSegment, type Segment } from "./segment.ts";
import { encodeRecord, type RecordClass, type SpoolRecord } from "./spool-record.ts";

/** What one lease has to tell the hub, on disk, first in first out. Calls may overlap; they take effect in order. */
export type LeaseSpool = {
  leaseId: string;
  isEmpty: () => boolean;
  /** The newest record of a class that was ever appended, also when it is gone again. */
  newest: (recordClass: RecordClass) => SpoolRecord | null;
  /** Keeps a record; an end also over a power cut. False when there is no room for its class, or the disk takes no more. */
  append: (record: SpoolRecord) => Promise<boolean>;
  /** The oldest record; null when there is none. */
  first: () => Promise<SpoolRecord | null>;
  /** Removes the record that `first` answered last. */
  shift: () => Promise<void>;
  /** Removes everything: the lease is over. */
  drop: () => Promise<void>;
  close: () => Promise<void>;
};

/** What leases share. */
export type SpoolRoom = {
  /** Books so many bytes; false when the class may not have them. */
  take: (recordClass: RecordClass, bytes: number) => boolean;
  /** Books what was found there at a start, whatever the cap says by now. */
  found: (bytes: number) => void;
  give: (bytes: number) => void;
  /** The disk refused to write. True when room was made, so that one more try makes sense. */
  onRefused: (error: unknown, recordClass: RecordClass) => Promise<boolean>;
};

/** A delivered segment is removed as a whole: small ones give their room back soon. */
const segmentBytes = 1_048_576;

/** Opens what is there of a lease in `folder`. Torn records are skipped. */
export async function openLeaseSpool(folder: string, leaseId: string, room: SpoolRoom): Promise<LeaseSpool> {
  const newest = new Map<RecordClass, SpoolRecord>();
  const note = (record: SpoolRecord) => void newest.set(record.class, record);
  const segments: Segment[] = [];
  const found = await namesIn(folder);
  // Most leases never need one: what is not there is not looked for again.
  let hasFolder = found !== null;
  for (const name of found ?? []) {
    const segment = await openSegment(join(folder, name), note);
    room.found(segment.bytes());
    segments.push(segment);
  }
  let nextNumber = 1 + Math.max(0, ...segments.map(({ path }) => Number(path.slice(-8))));
  let readOffset = 0;
  let firstBytes = 0;
  let chain: Promise<unknown> = Promise.resolve();

  function inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = chain.then(work);
    chain = done.catch(() => {});
    return done;
  }

  async function write(frame: Buffer, recordClass: RecordClass): Promise<void> {
    let last = segments.at(-1);
    if (!last || last.bytes() >= segmentBytes || !last.isSound()) {
      hasFolder = true;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      last = await openSegment(join(folder, String(nextNumber).padStart(8, "0")), note);
      nextNumber += 1;
      segments.push(last);
    }
    await last.append(frame, recordClass === "end");
  }

  async function removeSegment(segment: Segment): Promise<void> {
    segments.shift();
    readOffset = 0;
    const bytes = segment.bytes();
    await segment.close();
    await unlink(segment.path);
    room.give(bytes);
  }

  async function removeFolder(): Promise<void> {
    if (hasFolder) await rm(folder, { recursive: true, force: true });
    hasFolder = false;
  }

  async function removeAll(): Promise<void> {
    for (const segment of [...segments]) await removeSegment(segment);
    await removeFolder();
  }

  return {
    leaseId,
    isEmpty: () => segments.every((segment, at) => segment.bytes() <= (at === 0 ? readOffset : 0)),
    newest: (recordClass) => newest.get(recordClass) ?? null,
    append: (record) =>
      inOrder(async () => {
        const frame = encodeRecord(record);
        if (!room.take(record.class, frame.length)) return false;
        for (let mayTry = true; mayTry; ) {
          try {
            await write(frame, record.class);
            note(record);
            return true;
          } catch (error) {
            mayTry = await room.onRefused(error, record.class);
          }
        }
        room.give(frame.length);
        return false;
      }),
    first: () =>
      inOrder(async () => {
        for (let segment = segments[0]; segment; segment = segments[0]) {
          const frame = await segment.read(readOffset);
          firstBytes = frame?.bytes ?? 0;
          if (frame) return frame.record;
          await removeSegment(segment);
        }
        return null;
      }),
    shift: () =>
      inOrder(async () => {
        readOffset += firstBytes;
        firstBytes = 0;
        const segment = segments[0];
        if (segment && readOffset >= segment.bytes()) await removeSegment(segment);
        if (segments.length === 0) await removeFolder();
      }),
    drop: () => inOrder(removeAll),
    close: () =>
      inOrder(async () => {
        for (const segment of segments) await segment.close();
      }),
  };
}

/** Null: there is no such folder. */
async function namesIn(folder: string): Promise<string[] | null> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  return names?.filter((name) => /^\d{8}$/.test(name)).sort() ?? null;
}
