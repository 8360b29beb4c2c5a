import { expect, test } from "vitest";
import { isTimeOf, timesAfter, timetableProblems } from "./next-times.ts";

const now = Date.parse("2026-03-28T12:00:00Z");
const next = (cron: string, timezone = "UTC", after = "2026-03-28T12:00:00Z", count = 3) =>
  timesAfter({ cron, timezone }, Date.parse(after), count).map((time) => new Date(time).toISOString());

test("working days at two in the night", () => {
  expect(next("0 2 * * 1-5")).toEqual([
    "2026-03-30T02:00:00.000Z",
    "2026-03-31T02:00:00.000Z",
    "2026-04-01T02:00:00.000Z",
  ]);
});

test("a time that the clocks skip does not come that day", () => {
  expect(next("30 2 * * *", "Europe/Berlin")).toEqual([
    "2026-03-30T00:30:00.000Z",
    "2026-03-31T00:30:00.000Z",
    "2026-04-01T00:30:00.000Z",
  ]);
});

test.each([
  [
    "Europe/Berlin",
    "2026-10-24T12:00:00Z",
    "30 2 * * *",
    ["2026-10-25T01:30:00.000Z", "2026-10-26T01:30:00.000Z"],
  ],
  [
    "America/New_York",
    "2026-10-31T12:00:00Z",
    "30 1 * * *",
    ["2026-11-01T05:30:00.000Z", "2026-11-01T06:30:00.000Z"],
  ],
])(
  "a time that the clocks of %s repeat comes as often as Temporal has it",
  (timezone, after, cron, times) => {
    expect(next(cron, timezone, after, 2)).toEqual(times);
  },
);

test("a time of a timetable is known as such also in a repeated hour", () => {
  const hourly = { cron: "30 * * * *", timezone: "America/New_York" };
  for (const time of timesAfter(hourly, Date.parse("2026-10-31T22:00:00Z"), 12))
    expect(isTimeOf(hourly, time)).toBe(true);
  expect(isTimeOf(hourly, Date.parse("2026-11-01T06:31:00Z"))).toBe(false);
});

test("both days must match, and the last of a month is not the same everywhere", () => {
  expect(next("0 0 13 * fri", "UTC", "2026-01-01T00:00:00Z")).toEqual([
    "2026-02-13T00:00:00.000Z",
    "2026-03-13T00:00:00.000Z",
    "2026-11-13T00:00:00.000Z",
  ]);
  expect(next("0 0 31 * *")).toEqual([
    "2026-03-31T00:00:00.000Z",
    "2026-05-31T00:00:00.000Z",
    "2026-07-31T00:00:00.000Z",
  ]);
});

test("a leap day on a Monday is found decades ahead", () => {
  expect(next("0 0 29 2 1", "America/New_York", "2026-01-01T00:00:00Z", 1)).toEqual([
    "2044-02-29T05:00:00.000Z",
  ]);
});

test("no time is in sight before the end that was given", () => {
  expect(timesAfter({ cron: "0 0 1 1 *", timezone: "UTC" }, now, 5, now + 1_000)).toEqual([]);
});

test.each([
  ["0 2 * *", "UTC", "has 4 fields"],
  ["0 2 * * * *", "UTC", "has 6 fields"],
  ["60 2 * * *", "UTC", 'has "60" as minute'],
  ["0 24 * * *", "UTC", 'has "24" as hour'],
  ["0 0 0 * *", "UTC", 'has "0" as day of month'],
  ["0 0 * 13 *", "UTC", 'has "13" as month'],
  ["0 0 * * 8", "UTC", 'has "8" as day of week'],
  ["0 0 * * mo", "UTC", 'has "mo" as day of week'],
  ["5-1 0 * * *", "UTC", 'has "5-1" as minute'],
  ["*/0 0 * * *", "UTC", 'has "*/0" as minute'],
  ["0 0 L * *", "UTC", 'has "l" as day of month'],
  ["0 0 30 2 *", "UTC", "never comes"],
  ["@daily", "UTC", "has 1 fields"],
  ["0 2 * * *", "Europe/Berlyn", "is no time zone that is known"],
  ["0 2 * * *", "europe/berlin", "is written Europe/Berlin"],
  ["0 2 * * *", "../etc/passwd", "is no name of a time zone"],
])("%s in %s is refused: it %s", (cron, timezone, said) => {
  const problems = timetableProblems({ cron, timezone }, now);
  expect(problems).toHaveLength(1);
  expect(problems[0]?.problem).toContain(said);
});
