import { limits } from "@seatrial/contracts/limits.ts";
import type { Result, ResultOutcome } from "@seatrial/contracts/runs/result.ts";
import { cutBytes, cutOrNull, cutText } from "./safe-text.ts";

/** A case's outcome as a report tells it; texts are cut to the limits, names are not unique yet. */
export type ParsedResult = Result;

/** What a parser found of a case, before any limit was applied. */
export type RawResult = {
  case: string;
  outcome: ResultOutcome;
  seconds: number | null;
  message: string | null;
  detail: string | null;
  file: string | null;
  line: number | null;
};

const largestSeconds = 2_000_000;

/** Applies the limits to what a report says: it is untrusted, and a long text is no reason to lose an outcome. */
export function limitResult(raw: RawResult): ParsedResult {
  const { seconds, line } = raw;
  return {
    case: cutBytes(
      cutText(raw.case.trim() === "" ? "(unnamed)" : raw.case, limits.caseNameCharacters),
      limits.caseNameBytes,
    ),
    outcome: raw.outcome,
    seconds:
      seconds === null || !Number.isFinite(seconds) || seconds < 0 ? null : Math.min(seconds, largestSeconds),
    message: cutOrNull(raw.message, limits.messageCharacters),
    detail: cutOrNull(raw.detail, limits.detailCharacters),
    file: cutOrNull(raw.file, 500),
    line: line === null || !Number.isInteger(line) || line < 0 || line > 2_147_483_647 ? null : line,
  };
}
