import { silentLogger } from "@seatrial/contracts/logger.ts";
import { connectTemporal, type TemporalLink } from "@seatrial/workflows/temporal/connect-temporal.ts";
import { createDataConverter } from "@seatrial/workflows/temporal/data-converter.ts";
import { problem, startTestingHub, type TestingHub } from "@seatrial/workflows/testing-hub.ts";
import { ScheduleNotFoundError, ScheduleOverlapPolicy } from "@temporalio/client";
import proto from "@temporalio/proto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openTemporal, type TestTemporal } from "../../support/temporal-server.ts";
import { patientPace, startTestWorker, testPayloadKey } from "../../support/test-worker.ts";

let temporal: TestTemporal;
let link: TemporalLink;
let hub: TestingHub;
let stopWorker: () => Promise<void>;
let schedules = 0;

beforeAll(async () => {
  temporal = await openTemporal();
  link = await connectTemporal(temporal.place("unused"), createDataConverter([testPayloadKey]), silentLogger);
});
afterAll(async () => {
  await link.connection.close();
  await temporal.stop();
});
beforeEach(async () => {
  hub = await startTestingHub();
  const worker = await startTestWorker(temporal, hub, { pace: patientPace });
  stopWorker = worker.stop;
});
afterEach(async () => {
  await stopWorker();
  await hub.close();
});

/** Tests share the server, so each has schedules of its own. */
function newSchedule(): string {
  schedules += 1;
  return `s-${process.pid}-${schedules}`;
}
const handleOf = (id: string) => link.client.schedule.getHandle(`schedule/${id}`);
const isApplied = (id: string, generation: number) =>
  hub.until(() => hub.state.schedules.get(id)?.applied?.generation === generation);
async function open(timetable = {}): Promise<string> {
  const id = newSchedule();
  hub.schedule(id, timetable);
  await isApplied(id, 1);
  return id;
}

test("Temporal gets the times and the id, and decides nothing about overlaps", async () => {
  const id = await open({ cron: "30 4 * * 1-5", timezone: "Europe/Berlin", catchUpSeconds: 7_200 });
  const known = await handleOf(id).describe();
  expect(known.spec.timezone).toBe("Europe/Berlin");
  expect(known.policies).toMatchObject({
    overlap: ScheduleOverlapPolicy.ALLOW_ALL,
    catchupWindow: 7_200_000,
  });
  expect(known.state).toMatchObject({ paused: false, note: "generation 1" });
  const { action } = known;
  expect(action).toMatchObject({ workflowType: "firingWorkflow", workflowId: `firing/${id}` });
  const raw = proto.temporal.api.workflowservice.v1.DescribeScheduleResponse.encode(known.raw).finish();
  expect(Buffer.from(raw).toString("latin1")).toContain("binary/encrypted");
});

test("a change, a pause and the end of a schedule reach Temporal", async () => {
  const id = await open();
  hub.schedule(id, { generation: 2, cron: "0 5 * * *" });
  await isApplied(id, 2);
  expect((await handleOf(id).describe()).spec.calendars?.[0]?.hour).toMatchObject([{ start: 5 }]);
  hub.schedule(id, { generation: 3, paused: true });
  await isApplied(id, 3);
  expect((await handleOf(id).describe()).state.paused).toBe(true);
  hub.schedule(id, { generation: 4, deleted: true });
  await isApplied(id, 4);
  await expect(handleOf(id).describe()).rejects.toThrow(ScheduleNotFoundError);
});

test("a schedule that Temporal lost is made again at the next look", async () => {
  const id = await open();
  await handleOf(id).delete();
  hub.schedule(id);
  await hub.until(() => hub.state.outbox.length === 0);
  await expect.poll(() => handleOf(id).describe(), { timeout: 60_000 }).toBeTruthy();
});

test("what Temporal will never take is told to the hub with its reason", async () => {
  const id = await open({ timezone: "Nowhere/AtAll" });
  expect(hub.state.schedules.get(id)?.applied?.problem).toContain("Nowhere/AtAll");
});

test("each time is fired once, with the time it is for", async () => {
  const id = await open({ cron: "0 * * * *" });
  const start = new Date("2026-03-02T00:30:00Z");
  const end = new Date("2026-03-02T03:30:00Z");
  await handleOf(id).backfill({ start, end, overlap: ScheduleOverlapPolicy.ALLOW_ALL });
  await hub.until(() => hub.fired(id).length === 3);
  const hours = [1, 2, 3].map((hour) => `2026-03-02T0${hour}:00:00.000Z`);
  expect(hub.fired(id).toSorted()).toEqual(hours);
});

test("an outage of the hub delays a firing and changes nothing of its time", async () => {
  const id = await open({ cron: "0 * * * *" });
  let outages = 0;
  hub.answerWith(async (call) => {
    if (!call.path.endsWith("/fire") || outages === 7) return null;
    outages += 1;
    return problem(503, "unavailable");
  });
  const start = new Date("2026-03-02T00:30:00Z");
  await handleOf(id).backfill({ start, end: new Date("2026-03-02T01:30:00Z") });
  await hub.until(() => hub.fired(id).length === 8);
  expect(new Set(hub.fired(id))).toEqual(new Set(["2026-03-02T01:00:00.000Z"]));
});

test("a time of a deleted schedule is nobody's, and its workflow ends", async () => {
  const id = await open({ cron: "0 * * * *" });
  hub.answerWith(async (call) => (call.path.endsWith("/fire") ? problem(404, "not_found") : null));
  const start = new Date("2026-03-02T00:30:00Z");
  await handleOf(id).backfill({ start, end: new Date("2026-03-02T01:30:00Z") });
  await hub.until(() => hub.fired(id).length === 1);
  await link.client.workflow.getHandle(`firing/${id}-2026-03-02T01:00:00Z`).result();
});

test("a time that waits for a run is fired when that run is over, and times that were lost at once", async () => {
  const id = newSchedule();
  hub.schedule(id, {}, { waiting: true });
  await isApplied(id, 1);
  await hub.until(() => hub.state.outbox.length === 0);
  expect(hub.fired(id)).toEqual([]);
  const due = ["2026-03-02T01:00:00.000Z", "2026-03-02T02:00:00.000Z"];
  hub.schedule(id, {}, { due, kind: "schedule.run_over" });
  await hub.until(() => hub.fired(id).length === 2);
  expect(hub.fired(id)).toEqual(due);
  // Nothing is left to wait for.
  await link.client.workflow.getHandle(`schedule/${id}`).result();
});

test("the end of a run that nobody told of costs time, not the firing", async () => {
  await stopWorker();
  const pace = { ...patientPace, firstSeconds: 1, longestSeconds: 1 };
  stopWorker = (await startTestWorker(temporal, hub, { pace })).stop;
  const id = newSchedule();
  hub.schedule(id, {}, { waiting: true });
  await isApplied(id, 1);
  await hub.until(() => hub.state.outbox.length === 0);
  const schedule = hub.state.schedules.get(id);
  if (schedule === undefined) throw new Error("the schedule is not there");
  Object.assign(schedule, { due: ["2026-03-02T01:00:00.000Z"], waiting: false });
  await hub.until(() => hub.fired(id).length === 1);
});

test("a schedule of every minute fires by itself", { timeout: 180_000 }, async () => {
  const id = await open({ cron: "* * * * *" });
  await hub.until(() => hub.fired(id).length > 0);
  expect(hub.fired(id)[0]).toMatch(/:00\.000Z$/);
});
