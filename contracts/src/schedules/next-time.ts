import type { Cron } from "./cron.ts";
import { offsetAt } from "./zoned-clock.ts";

const hourMilliseconds = 3_600_000;
const lastYear = 2_100;

/**
 * The first time after an instant, as Temporal finds it (server/service/worker/scheduler/calendar.go, `next`), step by
 * step, because Temporal keeps the times and any other way differs where clocks change: a clock time that is skipped
 * does not come that day; one that is repeated comes once or twice, which depends on the side of UTC. Null: never
 * again before 2101.
 */
export function nextTime(cron: Cron, timezone: string, after: number): number | null {
  const start = Math.floor(after / 1_000) * 1_000;
  const wall = new Date(start + offsetAt(timezone, start));
  let [year, month, day] = [wall.getUTCFullYear(), wall.getUTCMonth() + 1, wall.getUTCDate()];
  let [hour, minute] = [wall.getUTCHours(), wall.getUTCMinutes() + 1];
  /** An hour while in the second copy of a repeated one. */
  let repeat = hourAt(timezone, start - hourMilliseconds) === hour ? hourMilliseconds : 0;
  const at = (hours: number, minutes: number) => instantOf(timezone, [year, month, day, hours, minutes]);
  const fits = () => cron.daysOfMonth.has(day) && cron.daysOfWeek.has(weekdayAt(timezone, at(hour, minute)));

  for (;;) {
    if (minute >= 60) {
      const isRepeated = repeat === 0 && at(hour + 1, 0) - at(hour, 0) > hourMilliseconds;
      if (!isRepeated) hour += 1;
      repeat = isRepeated ? hourMilliseconds : 0;
      minute = 0;
    }
    if (hour >= 24) [day, hour] = [day + 1, 0];
    if (day > daysIn(year, month)) [month, day] = [month + 1, 1];
    if (month > 12) [year, month] = [year + 1, 1];
    if (year > lastYear) return null;
    if (!cron.months.has(month)) {
      [month, day, hour, minute, repeat] = [month + 1, 1, 0, 0, 0];
    } else if (!fits()) {
      [day, hour, minute, repeat] = [day + 1, 0, 0, 0];
    } else if (!cron.hours.has(hour)) {
      [hour, minute, repeat] = [nextIn(cron.hours, hour, 24), 0, 0];
    } else if (!cron.minutes.has(minute)) {
      minute = nextIn(cron.minutes, minute, 60);
    } else {
      const found = at(hour, minute);
      if (hourAt(timezone, found) === hour) return found + repeat;
      [hour, minute] = [hour + 1, 0];
    }
  }
}

/** The next value that matches, or the field's end. */
function nextIn(values: ReadonlySet<number>, from: number, end: number): number {
  let value = from;
  while (value < end && !values.has(value)) value += 1;
  return value;
}

/** As Go's `time.Date`: of a repeated clock time one of its two instants, of a skipped one an instant beside it. */
function instantOf(timezone: string, [year, month, day, hour, minute]: readonly number[]): number {
  const wall = Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0);
  return wall - offsetAt(timezone, wall - offsetAt(timezone, wall));
}

function hourAt(timezone: string, instant: number): number {
  return new Date(instant + offsetAt(timezone, instant)).getUTCHours();
}

function weekdayAt(timezone: string, instant: number): number {
  return new Date(instant + offsetAt(timezone, instant)).getUTCDay();
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
