import { limits } from "@seatrial/contracts/limits.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { isFinal } from "@seatrial/hub-link/leases/is-final.ts";
import type { HubLink } from "@seatrial/hub-link/link/create-hub-link.ts";
import { createLane } from "@seatrial/hub-link/spool/create-lane.ts";
import type { LeaseSpool } from "@seatrial/hub-link/spool/lease-spool.ts";
import type { Spool } from "@seatrial/hub-link/spool/open-spool.ts";
import { createReportDelivery } from "./deliver-report.ts";
import { type AttemptEnd, type Progress, type Report, toRecord, toReport } from "./report-record.ts";

export type ReporterDeps = {
  link: Pick<HubLink, "progress" | "sendLog" | "logPosition" | "finish">;
  /** Null: what the hub does not take waits in memory. */
  spool: Pick<Spool, "of"> | null;
  clock: Clock;
  logger: Logger;
  instance: string;
  /** This process stops: what is on disk is told by its next life. */
  shutdown: AbortSignal;
};

export type LogChunk = { text: string; textBytes: number; gap: string | null; stamp: string | null };

/** All that one attempt tells the hub, in order, however long the hub is away. */
export type Reporter = {
  /** Nothing waits for it, and one that finds no room is left out: the end says all that counts. */
  progress: (progress: Progress) => void;
  /** `closed`: the hub wants no more of this log. What finds no room is dropped, and the next chunk tells how much. */
  log: (chunk: LogChunk) => Promise<"open" | "closed">;
  /** Where the log of an adopted attempt goes on: behind what is on disk, else behind what the hub has. */
  logPosition: (signal: AbortSignal) => Promise<{ stamp: string | null }>;
  /** Resolves when the hub has the end, or never will have it from us. */
  end: (end: AttemptEnd) => Promise<"accepted" | "refused" | "stopped">;
  /** An end that was kept by the process before; null when there is none. */
  keptEnd: () => AttemptEnd | null;
  /** Resolves as `end` does, for the kept one. */
  keptEndTold: () => Promise<"accepted" | "refused" | "stopped">;
  /** Nothing more is to be told. While the process stops, the disk keeps what is there. */
  close: () => Promise<void>;
};

/** Opens the way of one lease to the hub. `lost` aborts when the lease is no longer ours: then nothing is told any more. */
export async function openReporter(
  deps: ReporterDeps,
  leaseId: string,
  lost: AbortSignal,
): Promise<Reporter> {
  const signal = AbortSignal.any([deps.shutdown, lost]);
  const queue = deps.spool ? await deps.spool.of(leaseId) : null;
  const kept = keptReports(queue);
  const delivery = createReportDelivery({ ...deps, leaseId, signal });
  const lane = createLane({
    ...deps,
    leaseId,
    queue,
    signal,
    deliver: (record) => delivery.deliver(toReport(record)),
  });
  if (lost.aborted) await lane.abandon();
  lost.addEventListener("abort", () => void lane.abandon().catch(() => {}), { once: true });
  let offset = kept.log ? kept.log.offset + Buffer.byteLength(kept.log.text) : 0;
  let droppedBytes = 0;
  let pendingGaps: string[] = [];

  const push = (report: Report) => lane.push(toRecord(report));
  function takeGap(gap: string | null): string | null {
    const dropped = droppedBytes > 0 ? [`dropped: spool full (${droppedBytes} bytes of output)`] : [];
    return [...pendingGaps, ...dropped, ...(gap === null ? [] : [gap])].join("; ").slice(0, 500) || null;
  }
  function forgetGaps(): void {
    droppedBytes = 0;
    pendingGaps = [];
  }

  async function log({ text, textBytes, gap, stamp }: LogChunk): Promise<"open" | "closed"> {
    // The hub cuts there and says so itself.
    if (delivery.isFull() || offset > limits.attemptLogBytes) return "closed";
    const pushed = await push({ kind: "log", piece: { offset, text, gap: takeGap(gap), stamp } });
    if (pushed === "refused" || pushed === "stopped") return "closed";
    if (pushed === "dropped") {
      droppedBytes += textBytes;
      if (gap !== null && pendingGaps.length < 5) pendingGaps.push(gap);
      return "open";
    }
    forgetGaps();
    offset += textBytes;
    return delivery.isFull() ? "closed" : "open";
  }

  return {
    log,
    progress: (progress) => void push({ kind: "progress", progress }).catch(() => {}),
    async logPosition(reading) {
      if (kept.log) return { stamp: kept.log.stamp };
      const position = await positionAtHub(deps, leaseId, AbortSignal.any([signal, reading]));
      offset = position?.nextOffset ?? 0;
      return { stamp: position?.stamp ?? null };
    },
    async end(end) {
      const gap = takeGap(null);
      if (gap !== null) await push({ kind: "log", piece: { offset, text: "", gap, stamp: null } });
      const pushed = await push({ kind: "end", end });
      if (pushed === "kept")
        deps.logger.info({ leaseId }, "the hub is away: the end of an attempt waits on disk");
      return pushed === "kept" ? outcomeOf(await lane.settled()) : outcomeOf(pushed);
    },
    keptEnd: () => kept.end,
    keptEndTold: async () => outcomeOf(await lane.settled()),
    async close() {
      if (!deps.shutdown.aborted) await lane.abandon();
    },
  };
}

function outcomeOf(told: string): "accepted" | "refused" | "stopped" {
  if (told === "delivered") return "accepted";
  return told === "refused" ? "refused" : "stopped";
}

/** What the process before left of this attempt. */
function keptReports(queue: LeaseSpool | null) {
  const newest = (recordClass: "log" | "end") => {
    const record = queue && !queue.isEmpty() ? queue.newest(recordClass) : null;
    return record && toReport(record);
  };
  const log = newest("log");
  const end = newest("end");
  return { log: log?.kind === "log" ? log.piece : null, end: end?.kind === "end" ? end.end : null };
}

async function positionAtHub(
  { link, clock, logger }: ReporterDeps,
  leaseId: string,
  signal: AbortSignal,
): Promise<{ nextOffset: number; stamp: string | null } | null> {
  const backoff = createBackoff({ firstMilliseconds: 300, maxMilliseconds: 10_000, random: Math.random });
  while (!signal.aborted) {
    try {
      return await link.logPosition(leaseId, signal);
    } catch (error) {
      if (isFinal(error)) return null;
      logger.debug({ leaseId, error: String(error) }, "the hub does not say yet how much of a log it has");
      await clock.sleep(backoff.next(), signal);
    }
  }
  return null;
}
