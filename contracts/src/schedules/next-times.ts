import { type Cron, parseCron } from "./cron.ts";
import { offsetAt, timezoneProblem } from "./zoned-clock.ts";

/** When a schedule's time comes. */
export type Timetable = { cron: string; timezone: string };

const minuteMilliseconds = 60_000;
const hourMilliseconds = 3_600_000;
/** The days of week repeat against 29 February after at most 40 years. */
const horizonMilliseconds = 41 * 366 * 24 * hourMilliseconds;

/** What is wrong with it, by field; empty when its times can be told. */
export function timetableProblems(
  { cron, timezone }: Timetable,
  now: number,
): { field: keyof Timetable; problem: string }[] {
  const { problem } = parseCron(cron);
  const zone = timezoneProblem(timezone);
  const problems = [
    ...(problem === undefined ? [] : [{ field: "cron" as const, problem }]),
    ...(zone === null ? [] : [{ field: "timezone" as const, problem: zone }]),
  ];
  if (problems.length > 0 || timesAfter({ cron, timezone }, now, 1).length > 0) return problems;
  return [{ field: "cron", problem: "never comes: no day is like that" }];
}

/**
 * The next `count` times after an instant, in milliseconds since 1970: every minute whose clock time in the zone
 * matches. A time that the clocks skip does not come that day; one that they repeat comes twice. That is what Temporal
 * does, whose schedules keep the times. Fewer when there are no more, or none before `until`. Throws when
 * {@link timetableProblems} has something to say.
 */
export function timesAfter(
  { cron: text, timezone }: Timetable,
  after: number,
  count: number,
  until = after + horizonMilliseconds,
): number[] {
  const { cron, problem } = parseCron(text);
  if (problem !== undefined) throw new RangeError(`the cron expression ${problem}`);
  const times: number[] = [];
  let at = (Math.floor(after / minuteMilliseconds) + 1) * minuteMilliseconds;
  while (times.length < count && at <= until) {
    const offset = offsetAt(timezone, at);
    const wall = new Date(at + offset);
    const day = nextDayToTry(cron, wall);
    if (day !== null) at = atOrBefore(timezone, day, at, offset);
    else if (!cron.hours.has(wall.getUTCHours())) at += hourMilliseconds - ((at + offset) % hourMilliseconds);
    else {
      if (cron.minutes.has(wall.getUTCMinutes())) times.push(at);
      at += minuteMilliseconds;
    }
  }
  return times;
}

/** Null when the day matches; else the start of the next day that may. Clock time as if it were UTC. */
function nextDayToTry(cron: Cron, wall: Date): number | null {
  const [year, month, day] = [wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate()];
  if (!cron.months.has(month + 1)) return Date.UTC(year, month + 1, 1);
  if (cron.daysOfMonth.has(day) && cron.daysOfWeek.has(wall.getUTCDay())) return null;
  return Date.UTC(year, month, day + 1);
}

/** An instant no later than this clock time, and later than `at`: the clocks may change on the way. */
function atOrBefore(timezone: string, wall: number, at: number, offset: number): number {
  const guess = wall - offset;
  return Math.max(at + minuteMilliseconds, Math.min(guess, wall - offsetAt(timezone, guess)));
}
