import { parseCron } from "./cron.ts";
import { nextTime } from "./next-time.ts";
import { timezoneProblem } from "./zoned-clock.ts";

/** When a schedule's time comes. */
export type Timetable = { cron: string; timezone: string };

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
 * The next `count` times after an instant, in milliseconds since 1970, none after `until`; fewer when there are no
 * more. Throws RangeError when {@link timetableProblems} has something to say.
 */
export function timesAfter(
  { cron: text, timezone }: Timetable,
  after: number,
  count: number,
  until = Number.POSITIVE_INFINITY,
): number[] {
  const { cron, problem } = parseCron(text);
  if (problem !== undefined) throw new RangeError(`the cron expression ${problem}`);
  const times: number[] = [];
  while (times.length < count) {
    const time = nextTime(cron, timezone, times.at(-1) ?? after);
    if (time === null || time > until) break;
    times.push(time);
  }
  return times;
}

/** Whether it is a time of this timetable, whichever earlier instant one counts from. */
export function isTimeOf(timetable: Timetable, time: number): boolean {
  return [1_000, 3 * 3_600_000].some((before) =>
    timesAfter(timetable, time - before, 200, time).includes(time),
  );
}
