import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { resultOutcomes } from "@seatrial/contracts/runs/result.ts";
import { z } from "zod";
import { limitResult, type ParsedResult } from "./parsed-result.ts";
import { type Line, readLines } from "./read-lines.ts";

const lineBytes = 1_048_576;
const optionalText = z
  .string()
  .nullish()
  .transform((text) => text ?? null);

const journalLineSchema = z.discriminatedUnion("event", [
  z.object({ event: z.literal("start"), case: z.string(), file: optionalText }),
  z.object({
    event: z.literal("end"),
    case: z.string(),
    outcome: z.enum(resultOutcomes),
    seconds: z
      .number()
      .nullish()
      .transform((seconds) => seconds ?? null),
    message: optionalText,
    detail: optionalText,
    file: optionalText,
    line: z
      .number()
      .nullish()
      .transform((line) => line ?? null),
    /** True when the tool's process died in this case and the helper wrote its end. */
    crash: z.boolean().optional(),
  }),
  z.object({ event: z.literal("finish") }),
]);

/**
 * Reads the helper's journal: one JSON object a line, each `end` is a result. A case that started and never ended is
 * `errored`: its process died in it. A last line that was cut in the middle is ignored for the same reason; any other
 * line that is no journal line is `report_invalid`, naming the line. Events of later helpers are skipped.
 */
export async function parseJournal(name: string, pieces: AsyncIterable<Uint8Array>): Promise<ParsedResult[]> {
  const results: ParsedResult[] = [];
  const started = new Map<string, string | null>();
  for await (const line of readLines(`journal "${name}"`, pieces, lineBytes)) {
    const entry = readEntry(name, line);
    if (entry?.event === "start") started.set(entry.case, entry.file);
    if (entry?.event === "end") {
      started.delete(entry.case);
      results.push(limitResult(entry));
    }
    if (results.length + started.size > limits.reportCases)
      refuse(name, line.number, `more than ${limits.reportCases} cases`);
  }
  for (const [id, file] of started) results.push(limitResult(withoutEnd(id, file)));
  return results;
}

function readEntry(name: string, line: Line): z.infer<typeof journalLineSchema> | null {
  if (line.text.trim() === "") return null;
  let value: unknown;
  try {
    value = JSON.parse(line.text);
  } catch {
    return line.ended ? refuse(name, line.number, "not JSON") : null;
  }
  if (isUnknownEvent(value)) return null;
  const parsed = journalLineSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return refuse(name, line.number, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "wrong shape"}`);
}

function isUnknownEvent(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("event" in value)) return false;
  return typeof value.event === "string" && !["start", "end", "finish"].includes(value.event);
}

function withoutEnd(id: string, file: string | null) {
  const message = "no result: the case started and its process ended before the case did";
  return { case: id, outcome: "errored" as const, seconds: null, message, detail: null, file, line: null };
}

function refuse(name: string, line: number, problem: string): never {
  throw new SeatrialError("report_invalid", `journal "${name}", line ${line}: ${problem}`);
}
