import { silentLogger } from "@seatrial/contracts/logger.ts";
import { timesAfter } from "@seatrial/contracts/schedules/next-times.ts";
import { connectTemporal, type TemporalLink } from "@seatrial/workflows/temporal/connect-temporal.ts";
import { createDataConverter } from "@seatrial/workflows/temporal/data-converter.ts";
import { createScheduleKeeper } from "@seatrial/workflows/temporal/schedule-keeper.ts";
import { optionalDateToTs } from "@temporalio/common/lib/time.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTemporal, type TestTemporal } from "../../support/temporal-server.ts";
import { patientPace, testPayloadKey } from "../../support/test-worker.ts";

let temporal: TestTemporal;
let link: TemporalLink;
beforeAll(async () => {
  temporal = await openTemporal();
  link = await connectTemporal(temporal.place("unused"), createDataConverter([testPayloadKey]), silentLogger);
});
afterAll(async () => {
  await link.connection.close();
  await temporal.stop();
});

const toTimestamp = (date: string) => optionalDateToTs(new Date(date));

/** What Temporal itself answers for these times, paused so that nothing starts. */
async function askTemporal(id: string, cron: string, timezone: string, from: string, to: string) {
  const keeper = createScheduleKeeper(link.client, { taskQueue: "nobody", pace: patientPace });
  const timetable = { id, generation: 1, deleted: false, paused: true, catchUpSeconds: 3_600 };
  expect(await keeper.keep({ ...timetable, cron, timezone })).toBeNull();
  const answer = await link.client.workflowService.listScheduleMatchingTimes({
    ...{ namespace: "default", scheduleId: `schedule/${id}` },
    ...{ startTime: toTimestamp(from) ?? null, endTime: toTimestamp(to) ?? null },
  });
  return answer.startTime.map((time) => new Date(Number(time.seconds) * 1_000).toISOString());
}

function askUs(cron: string, timezone: string, from: string, to: string): string[] {
  const times = timesAfter({ cron, timezone }, Date.parse(from), 10_000, Date.parse(to));
  return times.map((time) => new Date(time).toISOString());
}

const spans = [
  ["a spring in Berlin", "Europe/Berlin", "2027-03-26T00:00:00Z", "2027-03-30T00:00:00Z"],
  ["an autumn in Berlin", "Europe/Berlin", "2027-10-29T00:00:00Z", "2027-11-02T00:00:00Z"],
  ["a spring in New York", "America/New_York", "2027-03-12T00:00:00Z", "2027-03-16T00:00:00Z"],
  ["an autumn in New York", "America/New_York", "2027-11-05T00:00:00Z", "2027-11-09T00:00:00Z"],
  ["an autumn without a change", "UTC", "2027-10-29T00:00:00Z", "2027-11-02T00:00:00Z"],
] as const;
const nearTheChange = [
  "*/30 * * * *",
  "30 2 * * *",
  "30 1 * * *",
  "0 1-3 * * *",
  "15,45 0,1,2,3 * * sun,mon",
];

test.each(spans)("our times are Temporal's over %s", async (what, timezone, from, to) => {
  for (const [index, cron] of nearTheChange.entries()) {
    const theirs = await askTemporal(`${what.replaceAll(" ", "-")}-${index}`, cron, timezone, from, to);
    expect(askUs(cron, timezone, from, to), cron).toEqual(theirs);
    expect(theirs.length, cron).toBeGreaterThan(0);
  }
});

test.each([
  ["0 0 31 * *"],
  ["0 0 28-31 * *"],
  ["30 23 29 2 *"],
  ["0 2 * * 1-5"],
  ["0 2 * * 5-7"],
  ["0 2 * * 0,3,6"],
  ["0 2 * * MON,wed,Fri"],
  ["0 0 13 * 5"],
  ["5/20 */6 1 jan-mar *"],
  ["0 9-17/4 1,15 */3 *"],
])("our times of %s are Temporal's over two years", async (cron) => {
  const [from, to] = ["2027-01-01T00:00:00Z", "2028-12-31T00:00:00Z"];
  for (const timezone of ["Europe/Berlin", "America/New_York"]) {
    const id = `${cron}-${timezone}`.replaceAll(/[^a-zA-Z0-9]/g, "_");
    const theirs = await askTemporal(id, cron, timezone, from, to);
    // It answers with the first thousand at most.
    expect(askUs(cron, timezone, from, to).slice(0, theirs.length)).toEqual(theirs);
    expect(theirs.length).toBeGreaterThan(0);
  }
});
