import { mkdir, readdir, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "@seatrial/contracts/logger.ts";
import { type LeaseSpool, openLeaseSpool, type SpoolRoom } from "./lease-spool.ts";
import type { RecordClass } from "./spool-record.ts";

export type SpoolOptions = {
  folder: string;
  /** All records together; the folder's volume needs a MiB more. */
  capBytes: number;
};
/** `dropped`: records that were not kept since the process started. */
export type SpoolState = { bytes: number; capBytes: number; dropped: number };

/** What the hub has not heard yet, on disk, so that it outlives this process: one queue for each lease. */
export type Spool = {
  /** The queue of a lease, the same one each time until it is dropped. */
  of: (leaseId: string) => Promise<LeaseSpool>;
  /** The leases of which something lies there. */
  leases: () => string[];
  state: () => SpoolState;
  close: () => Promise<void>;
};

/** Room that only ends may take, so that no flood of output keeps them out. */
const reserveShare = 4;
const maxReserveBytes = 16 * 1_048_576;
/** Written in advance and given up for an end when the disk itself is full. */
const ballastBytes = 262_144;
const ballastName = "ballast";

/** Ids as the hub makes them: nothing else becomes a folder's name. */
const leaseIdPattern = /^[A-Za-z0-9_-]{1,60}$/;

/**
 * Opens the folder, makes it where it is missing, and finds what a process before left. Throws when the folder can
 * neither be made nor read.
 */
export async function openSpool(options: SpoolOptions, logger: Logger): Promise<Spool> {
  const { folder, capBytes } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const room = createRoom(options, logger);
  const queues = new Map<string, LeaseSpool>();

  async function open(leaseId: string): Promise<LeaseSpool> {
    if (!leaseIdPattern.test(leaseId)) throw new Error(`'${leaseId}' is no id of a lease`);
    const queue = await openLeaseSpool(join(folder, leaseId), leaseId, room);
    return {
      ...queue,
      async drop() {
        queues.delete(leaseId);
        await queue.drop();
      },
    };
  }
  const opening = createOnce(async (leaseId) => {
    const known = queues.get(leaseId) ?? (await open(leaseId));
    queues.set(leaseId, known);
    return known;
  });

  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || !leaseIdPattern.test(entry.name)) continue;
    const queue = await opening(entry.name);
    if (queue.isEmpty()) await queue.drop();
  }
  await room.writeBallast();
  const { bytes } = room.state();
  if (bytes > 0) logger.info({ bytes, leases: queues.size }, "found what the hub has not heard yet");

  return {
    of: opening,
    leases: () => [...queues.values()].filter((queue) => !queue.isEmpty()).map(({ leaseId }) => leaseId),
    state: () => ({ ...room.state(), capBytes }),
    async close() {
      for (const queue of queues.values()) await queue.close();
    },
  };
}

/** Two that ask for the same at once wait for one answer. */
function createOnce<Result>(work: (key: string) => Promise<Result>): (key: string) => Promise<Result> {
  const running = new Map<string, Promise<Result>>();
  return (key) => {
    const known = running.get(key) ?? work(key).finally(() => running.delete(key));
    running.set(key, known);
    return known;
  };
}

function createRoom({ folder, capBytes }: SpoolOptions, logger: Logger) {
  const reserve = Math.min(maxReserveBytes, Math.floor(capBytes / reserveShare));
  const most: Record<RecordClass, number> = {
    log: capBytes - reserve,
    progress: capBytes - Math.floor(reserve / 2),
    end: capBytes,
  };
  let bytes = 0;
  let dropped = 0;
  let isFull = false;
  let hasBallast = false;
  const ballast = join(folder, ballastName);

  function drop(why: string): void {
    dropped += 1;
    if (!isFull) logger.warn({ bytes, capBytes }, `the spool takes no more: ${why}`);
    isFull = true;
  }
  async function writeBallast(): Promise<void> {
    const there = await stat(ballast).catch(() => null);
    hasBallast = there?.size === ballastBytes;
    if (hasBallast || capBytes < ballastBytes * 4) return;
    hasBallast = await writeFile(ballast, Buffer.alloc(ballastBytes)).then(
      () => true,
      () => unlink(ballast).then(notTrue, notTrue),
    );
  }
  const room: SpoolRoom = {
    take(recordClass, more) {
      if (bytes + more > most[recordClass]) {
        drop(`its cap of ${capBytes} bytes is reached`);
        return false;
      }
      bytes += more;
      return true;
    },
    found(more) {
      bytes += more;
    },
    give(less) {
      bytes -= less;
      isFull = isFull && bytes > most.log / 2;
      if (!hasBallast && bytes === 0) void writeBallast();
    },
    async onRefused(error, recordClass) {
      if (recordClass === "end" && hasBallast) {
        hasBallast = false;
        await unlink(ballast).catch(() => {});
        return true;
      }
      drop(error instanceof Error ? error.message : String(error));
      return false;
    },
  };
  return { ...room, writeBallast, state: () => ({ bytes, dropped }) };
}

const notTrue = () => false;
