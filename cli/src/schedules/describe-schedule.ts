import type { Schedule, ScheduleFiring } from "@seatrial/contracts/schedules/schedule.ts";
import { shortRunId } from "../runs/short-run-id.ts";
import type { Output } from "../terminal/output.ts";
import { safeLine } from "../terminal/safe-text.ts";

/** A time by the schedule's own clock: `Mon 2026-03-30 02:00 Europe/Berlin`. */
export function describeTime(time: string | number, { timezone }: { timezone: string }): string {
  const parts = new Intl.DateTimeFormat("en-GB", {
    ...{ timeZone: timezone, weekday: "short", year: "numeric", month: "2-digit", day: "2-digit" },
    ...{ hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  }).formatToParts(new Date(time));
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return `${of("weekday")} ${of("year")}-${of("month")}-${of("day")} ${of("hour")}:${of("minute")} ${timezone}`;
}

/** Whether it works, in a word. */
export function stateOf({ paused, problem, applied }: Schedule): "paused" | "broken" | "on" | "soon on" {
  if (problem !== null) return "broken";
  if (paused) return "paused";
  return applied ? "on" : "soon on";
}

const marks = {
  started: ["green", "✓"],
  queued: ["yellow", "…"],
  skipped: ["yellow", "-"],
  missed: ["red", "✗"],
  refused: ["red", "✗"],
} as const;

/** `✓ started  r-abc  Mon 2026-03-30 02:00 Europe/Berlin`, with the reason where no run came of it. */
export function describeFiring(
  firing: ScheduleFiring,
  schedule: { timezone: string },
  output: Output,
): string {
  const { outcome, runId, reason, scheduledFor, triggeredBy } = firing;
  const [tone, mark] = marks[outcome];
  const by = triggeredBy === null ? "" : `by hand (${safeLine(triggeredBy.name, 40)})`;
  const what = [outcome, runId === null ? "" : shortRunId(runId), describeTime(scheduledFor, schedule), by];
  const why = reason === null ? "" : `: ${safeLine(reason)}`;
  return `${output.paint(tone, mark)} ${what.filter((word) => word !== "").join("  ")}${why}`;
}
