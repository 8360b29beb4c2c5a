import { isDeepStrictEqual } from "node:util";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { HubLink } from "@seatrial/hub-link/link/create-hub-link.ts";
import type { LogPiece, Report } from "./report-record.ts";

export type DeliverReportDeps = {
  link: Pick<HubLink, "progress" | "sendLog" | "logPosition" | "finish">;
  leaseId: string;
  instance: string;
  signal: AbortSignal;
};

export type ReportDelivery = {
  deliver: (report: Report) => Promise<void>;
  /** True when the hub wants no more of this log: its limit is reached. */
  isFull: () => boolean;
};

/**
 * Tells the hub reports in their order. Offsets of a log are the agent's own; where the hub has less than they say, a
 * gap record tells so and the rest follows at the hub's. Where it has more, because output arrived whose sender took it
 * for dropped, the rest follows behind that.
 */
export function createReportDelivery(deps: DeliverReportDeps): ReportDelivery {
  const { link, leaseId, instance, signal } = deps;
  let shift = 0;
  let isFull = false;
  /** Sent, and nobody knows whether it arrived. */
  let inDoubt: LogPiece | null = null;

  async function sendLog(piece: LogPiece, repair: string | null): Promise<void> {
    const gap = [piece.gap, repair].filter(Boolean).join("; ").slice(0, 500) || null;
    const request = { instance, ...piece, gap, offset: Math.max(0, piece.offset + shift) };
    const position = await link.sendLog(leaseId, request, signal);
    isFull = position.full;
  }

  /** The hub would take a piece in the place of one that it has for a repeat of that one, and leave it out. */
  async function skipWhatArrived(piece: LogPiece): Promise<void> {
    if (inDoubt?.offset !== piece.offset || isDeepStrictEqual(inDoubt, piece)) return;
    const { nextOffset } = await link.logPosition(leaseId, signal);
    shift = Math.max(shift, nextOffset - piece.offset);
  }

  async function deliverLog(piece: LogPiece): Promise<void> {
    if (isFull) return;
    await skipWhatArrived(piece);
    inDoubt = piece;
    try {
      await sendLog(piece, null);
    } catch (error) {
      if (!(error instanceof SeatrialError) || error.code !== "log_gap") throw error;
      shift = Number(error.details.facts?.nextOffset ?? 0) - piece.offset;
      await sendLog(piece, "output before this was lost on its way to the hub");
    }
    inDoubt = null;
  }

  return {
    isFull: () => isFull,
    async deliver(report) {
      if (report.kind === "log") await deliverLog(report.piece);
      else if (report.kind === "progress") await link.progress(leaseId, { instance, ...report.progress });
      else await link.finish(leaseId, { instance, ...report.end });
    },
  };
}
