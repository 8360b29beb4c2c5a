import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { WorkerOptions } from "@seatrial/workflows/create-worker.ts";
import { problem, startTestingHub, type TestingHub } from "@seatrial/workflows/testing-hub.ts";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openTemporal, type TestTemporal } from "../../support/temporal-server.ts";
import { patientPace, startTestWorker } from "../../support/test-worker.ts";

let temporal: TestTemporal;
const cleanups: (() => Promise<void>)[] = [];
let runs = 0;

beforeAll(async () => {
  temporal = await openTemporal();
});
afterAll(() => temporal.stop());
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Tests share the server, so each has runs of its own. */
function newRun(): string {
  runs += 1;
  return `r-${process.pid}-${runs}`;
}

async function startHub(): Promise<TestingHub> {
  const hub = await startTestingHub();
  cleanups.push(hub.close);
  return hub;
}

/** Its sleeps end at once. */
const hastyClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: () => new Promise((resolve) => setTimeout(resolve, 1)),
};

async function startWorker(hub: TestingHub, options: Partial<WorkerOptions> = {}, clock?: Clock) {
  const worker = await startTestWorker(temporal, hub, options, clock);
  cleanups.push(worker.stop);
  return worker;
}

test("what a run needs is done in its order, by the worker's token", async () => {
  const hub = await startHub();
  const run = newRun();
  hub.need(run, { plan: true, split: ["0"], settle: true }, "run.created");
  await startWorker(hub);
  await hub.until(() => hub.activities().length === 3 && hub.state.outbox.length === 0);
  expect(hub.activities()).toEqual([
    `/worker/v1/runs/${run}/plan`,
    `/worker/v1/runs/${run}/suites/0/split`,
    `/worker/v1/runs/${run}/settle`,
  ]);
  expect(new Set(hub.calls.map((call) => call.authorization))).toEqual(new Set(["Bearer secret"]));
});

test("many ended attempts of one run are settled once", async () => {
  const hub = await startHub();
  const run = newRun();
  for (let entry = 0; entry < 20; entry += 1) hub.need(run, { settle: true });
  await startWorker(hub);
  await hub.until(() => hub.state.outbox.length === 0 && hub.activities().length > 0);
  expect(hub.activities()).toEqual([`/worker/v1/runs/${run}/settle`]);
});

test("one slow run holds up its own later needs and no other run's", async () => {
  const hub = await startHub();
  const [slow, quick] = [newRun(), newRun()];
  const held = Promise.withResolvers<null>();
  hub.answerWith((call) => (call.path.includes(`${slow}/plan`) ? held.promise : Promise.resolve(null)));
  hub.need(slow, { plan: true }, "run.created");
  await startWorker(hub);
  await hub.until(() => hub.activities().includes(`/worker/v1/runs/${slow}/plan`));
  hub.need(slow, { settle: true });
  hub.need(quick, { plan: true }, "run.created");
  await hub.until(() => hub.activities().includes(`/worker/v1/runs/${quick}/plan`));
  // Its signal is with Temporal by now.
  await hub.until(() => hub.state.outbox.length === 0);
  expect(hub.activities()).not.toContain(`/worker/v1/runs/${slow}/settle`);
  held.resolve(null);
  await hub.until(() => hub.activities().includes(`/worker/v1/runs/${slow}/settle`));
  const ofSlow = hub.activities().filter((path) => path.includes(slow));
  expect(ofSlow).toEqual([`/worker/v1/runs/${slow}/plan`, `/worker/v1/runs/${slow}/settle`]);
});

test("an activity that fails inside the hub is done again, and nothing overtakes it", async () => {
  const hub = await startHub();
  const run = newRun();
  let refusals = 0;
  hub.answerWith(async (call) => {
    if (!call.path.endsWith("/plan") || refusals === 3) return null;
    refusals += 1;
    return problem(500, "internal");
  });
  hub.need(run, { plan: true, settle: true }, "run.created");
  await startWorker(hub);
  await hub.until(() => hub.activities().some((path) => path.endsWith("/settle")));
  const plan = `/worker/v1/runs/${run}/plan`;
  expect(hub.activities()).toEqual([plan, plan, plan, plan, `/worker/v1/runs/${run}/settle`]);
});

test("what the hub refuses is not repeated at once, and looked at again later", async () => {
  const hub = await startHub();
  const run = newRun();
  let refusals = 0;
  hub.answerWith(async (call) => {
    if (!call.path.endsWith("/plan") || refusals === 1) return null;
    refusals += 1;
    return problem(422, "invalid_request");
  });
  hub.need(run, { plan: true }, "run.created");
  await startWorker(hub);
  await hub.until(() => hub.state.runs.get(run)?.plan === false);
  // Each try began with reading what is due: the second came from the workflow's timer, not from a retry.
  expect(hub.reads(`/worker/v1/runs/${run}`)).toBe(2);
});

test("a run that the hub no longer knows needs nothing", async () => {
  const hub = await startHub();
  const run = newRun();
  hub.need(run, { plan: true }, "run.created");
  hub.state.runs.delete(run);
  await startWorker(hub);
  await hub.until(() => hub.state.outbox.length === 0 && hub.reads(`/worker/v1/runs/${run}`) === 1);
  expect(hub.activities()).toEqual([]);
});

test("a signal that was lost costs time, not the run", async () => {
  const hub = await startHub();
  const run = newRun();
  hub.need(run, { plan: true }, "run.created");
  await startWorker(hub, { pace: { ...patientPace, firstSeconds: 1, longestSeconds: 1 } });
  await hub.until(() => hub.state.runs.get(run)?.plan === false);
  // No outbox entry tells of this.
  hub.state.runs.set(run, { plan: false, split: [], settle: true, isOver: true });
  await hub.until(() => hub.state.runs.get(run)?.settle === false);
});

test("an outage of the hub loses nothing", async () => {
  const hub = await startHub();
  const run = newRun();
  let outages = 0;
  hub.answerWith(async (call) => {
    if (call.path.endsWith("/tick") || outages === 12) return null;
    outages += 1;
    return { status: 502, body: "<html>bad gateway</html>" };
  });
  hub.need(run, { plan: true }, "run.created");
  await startWorker(hub, {}, hastyClock);
  await hub.until(() => hub.state.outbox.length === 0 && hub.state.runs.get(run)?.plan === false);
  expect(outages).toBe(12);
});

test("stopping finishes what was begun", async () => {
  const hub = await startHub();
  const run = newRun();
  const held = Promise.withResolvers<null>();
  hub.answerWith((call) => (call.path.endsWith("/plan") ? held.promise : Promise.resolve(null)));
  hub.need(run, { plan: true }, "run.created");
  const worker = await startWorker(hub);
  await hub.until(() => hub.activities().length > 0);
  const stopped = worker.stop();
  setTimeout(held.resolve, 500, null);
  await stopped;
  expect(hub.state.runs.get(run)?.plan).toBe(false);
  expect(hub.state.outbox).toEqual([]);
});

test("a worker may be stopped at any moment of its start", async () => {
  const hub = await startHub();
  for (const milliseconds of [0, 5, 20, 60, 120]) {
    const worker = await startTestWorker(temporal, hub);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    await worker.stop();
  }
});
