import type {
  FinishRequest,
  logRequestSchema,
  progressRequestSchema,
} from "@seatrial/contracts/agent-protocol/report.ts";
import type { SpoolRecord } from "@seatrial/hub-link/spool/spool-record.ts";
import type { z } from "zod";

export type Progress = Omit<z.infer<typeof progressRequestSchema>, "instance">;
export type LogPiece = Omit<z.infer<typeof logRequestSchema>, "instance">;
export type AttemptEnd = Omit<FinishRequest, "instance">;

/** What the hub hears of an attempt. The instance is left out: after a restart another one tells it. */
export type Report =
  | { kind: "progress"; progress: Progress }
  | { kind: "log"; piece: LogPiece }
  | { kind: "end"; end: AttemptEnd };

/** A gap record takes the room that ends have: it says what was dropped for want of room. */
export function toRecord(report: Report): SpoolRecord {
  const isGap = report.kind === "log" && report.piece.text === "";
  return { class: isGap ? "end" : report.kind, body: report };
}

/** What `toRecord` made; only this agent's own writing gets here. */
export function toReport(record: SpoolRecord): Report {
  return record.body as Report;
}
