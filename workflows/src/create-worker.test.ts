import { silentLogger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { afterEach, expect, test } from "vitest";
import { createWorker } from "./create-worker.ts";
import { entry, problem, startTestingHub, type TestingHub } from "./testing-hub.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A clock whose sleeps end at once in real time and move its own time on. */
function createHastyClock(): Clock & { slept: number[] } {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    async sleep(milliseconds) {
      slept.push(milliseconds);
      now += milliseconds;
      await new Promise((resolve) => setTimeout(resolve, 1));
    },
  };
}

async function startHub(...entries: Parameters<typeof entry>[]): Promise<TestingHub> {
  const hub = await startTestingHub(entries.map((one) => entry(...one)));
  cleanups.push(hub.close);
  return hub;
}

function startWorker(hub: TestingHub) {
  const clock = createHastyClock();
  const worker = createWorker(
    { fetch, clock, logger: silentLogger, random: () => 0.5 },
    { hubUrl: hub.url, token: "secret", waitSeconds: 0 },
  );
  worker.start();
  cleanups.push(worker.stop);
  return { clock, worker };
}

test("each kind of entry runs its activity, in the order of its run, and is acknowledged", async () => {
  const hub = await startHub(
    [1, "run.created", "r-1"],
    [2, "suite.listed", "r-1", "api"],
    [3, "attempt.ended", "r-1"],
  );
  startWorker(hub);
  await hub.until(() => hub.state.outbox.length === 0);
  expect(hub.activities()).toEqual([
    "/worker/v1/runs/r-1/plan",
    "/worker/v1/runs/r-1/suites/api/split",
    "/worker/v1/runs/r-1/settle",
  ]);
  expect(hub.calls.every((call) => call.authorization === "Bearer secret")).toBe(true);
});

test("many ended attempts of one run are settled once", async () => {
  const hub = await startHub(
    [1, "attempt.ended", "r-1"],
    [2, "attempt.ended", "r-1"],
    [3, "run.cancel_requested", "r-1"],
  );
  startWorker(hub);
  await hub.until(() => hub.state.outbox.length === 0);
  expect(hub.activities()).toEqual(["/worker/v1/runs/r-1/settle"]);
});

test("one slow run holds up its own entries and no other run's", async () => {
  const hub = await startHub(
    [1, "run.created", "r-slow"],
    [2, "attempt.ended", "r-slow"],
    [3, "run.created", "r-quick"],
  );
  const slow = Promise.withResolvers<null>();
  hub.answerWith((call) => (call.path.includes("r-slow/plan") ? slow.promise : Promise.resolve(null)));
  startWorker(hub);
  await hub.until(() => hub.state.outbox.every((one) => one.runId === "r-slow"));
  expect(hub.activities()).not.toContain("/worker/v1/runs/r-slow/settle");
  slow.resolve(null);
  await hub.until(() => hub.state.outbox.length === 0);
  const ofSlow = hub.activities().filter((path) => path.includes("r-slow"));
  expect(ofSlow).toEqual(["/worker/v1/runs/r-slow/plan", "/worker/v1/runs/r-slow/settle"]);
});

test("a failed activity is not acknowledged, holds back its run's later entries, and comes again", async () => {
  const hub = await startHub([1, "run.created", "r-1"], [2, "attempt.ended", "r-1"]);
  let refusals = 0;
  hub.answerWith(async (call) => {
    if (!call.path.endsWith("/plan") || refusals === 3) return null;
    refusals += 1;
    return problem(500, "internal");
  });
  startWorker(hub);
  await hub.until(() => hub.state.outbox.length === 0);
  expect(refusals).toBe(3);
  expect(hub.activities()).toEqual([
    ...Array(4).fill("/worker/v1/runs/r-1/plan"),
    "/worker/v1/runs/r-1/settle",
  ]);
});

test("a run that the hub no longer knows is acknowledged", async () => {
  const hub = await startHub([1, "run.created", "r-gone"]);
  hub.answerWith(async (call) => (call.path.endsWith("/plan") ? problem(404, "not_found") : null));
  startWorker(hub);
  await hub.until(() => hub.state.outbox.length === 0);
  expect(hub.activities()).toEqual(["/worker/v1/runs/r-gone/plan"]);
});

test("an outage of the hub loses nothing and is waited out longer each time", async () => {
  const hub = await startHub([1, "run.created", "r-1"]);
  let outages = 0;
  hub.answerWith(async (call) => {
    if (call.path.endsWith("/tick") || outages === 12) return null;
    outages += 1;
    return { status: 502, body: "<html>bad gateway</html>" };
  });
  const { clock } = startWorker(hub);
  await hub.until(() => hub.state.outbox.length === 0);
  const waits = clock.slept.filter((milliseconds) => milliseconds !== 5_000);
  expect(waits.slice(0, 4)).toEqual([187.5, 375, 750, 1_500]);
  expect(Math.max(...waits)).toBeLessThanOrEqual(15_000);
});

test("ticks follow the hub's pace, between a quarter of a second and five", async () => {
  const hub = await startHub();
  const paces = [null, 60, 2, 0.01];
  hub.answerWith(async (call) => {
    if (call.path.endsWith("/tick")) hub.state.nextDueInSeconds = paces.shift() ?? null;
    return null;
  });
  const { clock } = startWorker(hub);
  await hub.until(() => hub.calls.filter((call) => call.path.endsWith("/tick")).length === 5);
  expect(clock.slept.slice(0, 4)).toEqual([5_000, 5_000, 2_000, 250]);
});

test("stopping finishes what was begun and acknowledges it", async () => {
  const hub = await startHub([1, "run.created", "r-1"]);
  const held = Promise.withResolvers<null>();
  hub.answerWith((call) => (call.path.endsWith("/plan") ? held.promise : Promise.resolve(null)));
  const { worker } = startWorker(hub);
  const begun = new Promise<void>((resolve) => {
    const look = () => (hub.activities().length > 0 ? resolve() : void setTimeout(look, 5));
    look();
  });
  await begun;
  const stopped = worker.stop();
  held.resolve(null);
  await stopped;
  expect(hub.state.outbox).toEqual([]);
});
