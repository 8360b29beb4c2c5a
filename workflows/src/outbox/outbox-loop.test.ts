import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import type { OutboxEntry } from "@seatrial/contracts/worker-protocol/outbox.ts";
import { expect, test } from "vitest";
import { entry } from "../testing-hub.ts";
import { runOutboxLoop } from "./outbox-loop.ts";
import type { Subject } from "./subject.ts";

const ofEnvironment = (id: number, environmentId: string): OutboxEntry => ({
  ...entry(id, "environment.changed", null),
  environmentId,
});

/** The loop over an outbox that hands out these batches, one claim each, until they are used up. */
function startLoop(
  batches: (OutboxEntry[] | Error)[],
  tell: (subject: Subject) => Promise<void>,
  capacity = 50,
) {
  const clock = createManualClock();
  const stopping = new AbortController();
  const acknowledged: string[] = [];
  const limits: number[] = [];
  const claimOutbox = async ({ limit }: { limit: number }, signal: AbortSignal): Promise<OutboxEntry[]> => {
    const batch = batches.shift();
    if (batch instanceof Error) throw batch;
    if (batch !== undefined) {
      limits.push(limit);
      return batch;
    }
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    throw new Error("aborted");
  };
  const hub = { claimOutbox, acknowledge: async (ids: string[]) => void acknowledged.push(...ids) };
  const backoff = createBackoff({ firstMilliseconds: 250, maxMilliseconds: 15_000, random: () => 0.5 });
  const options = { capacity, waitSeconds: 20, visibilitySeconds: 30 };
  const ended = runOutboxLoop({ hub, tell, clock, backoff, logger: silentLogger }, options, stopping.signal);
  const stop = async () => {
    stopping.abort();
    await ended;
  };
  return { acknowledged, limits, clock, stop };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("entries of one subject are one signal, and all of them are acknowledged after it", async () => {
  const told: string[] = [];
  const batch = [
    entry(1, "run.created", "r-1"),
    ofEnvironment(2, "e-1"),
    entry(3, "attempt.ended", "r-1"),
    { ...entry(4, "run.environment", "r-2"), environmentId: "e-1" },
    ofEnvironment(5, "e-1"),
  ];
  const loop = startLoop([batch], async ({ workflowId }) => void told.push(workflowId));
  await settled();
  expect(told).toEqual(["run/r-1", "environment/e-1", "run/r-2"]);
  expect(loop.acknowledged.toSorted()).toEqual(["1", "2", "3", "4", "5"]);
  await loop.stop();
});

test("what Temporal did not take is not acknowledged, and holds up nothing else", async () => {
  const loop = startLoop(
    [[entry(1, "run.created", "r-bad"), entry(2, "run.created", "r-good")]],
    (subject) => (subject.id === "r-bad" ? Promise.reject(new Error("away")) : Promise.resolve()),
  );
  await settled();
  expect(loop.acknowledged).toEqual(["2"]);
  await loop.stop();
});

test("a slow hand-over holds up no later entry until the capacity is reached", async () => {
  const slow = Promise.withResolvers<void>();
  const batches = [[entry(1, "run.created", "r-slow")], [entry(2, "run.created", "r-2")]];
  const loop = startLoop(batches, ({ id }) => (id === "r-slow" ? slow.promise : Promise.resolve()), 3);
  await settled();
  expect(loop.acknowledged).toEqual(["2"]);
  expect(loop.limits).toEqual([3, 2]);
  slow.resolve();
  await loop.stop();
  expect(loop.acknowledged).toEqual(["2", "1"]);
});

test("an outage of the hub is waited out, longer each time", async () => {
  const outage = () => new Error("the hub did not answer");
  const told: string[] = [];
  const batches = [outage(), outage(), outage(), [entry(1, "run.created", "r-1")]];
  const loop = startLoop(batches, async ({ id }) => void told.push(id));
  const waits: number[] = [];
  for (let outages = 0; outages < 3; outages += 1) {
    await loop.clock.sleepers(1);
    waits.push(...loop.clock.waits());
    await loop.clock.advance(15_000);
  }
  await settled();
  expect(waits).toEqual([187.5, 375, 750]);
  expect(told).toEqual(["r-1"]);
  await loop.stop();
});

test("a schedule's change and the end of its run are one signal to the schedule, none to a run", async () => {
  const told: Subject[] = [];
  const ofSchedule = (id: number, kind: OutboxEntry["kind"]) => ({
    ...entry(id, kind, null),
    scheduleId: "s-1",
  });
  const loop = startLoop(
    [
      [
        ofSchedule(1, "schedule.changed"),
        ofSchedule(2, "schedule.run_over"),
        entry(3, "schedule.changed", "r-1"),
      ],
    ],
    async (subject) => void told.push(subject),
  );
  await loop.stop();
  expect(told).toEqual([{ workflowId: "schedule/s-1", workflow: "scheduleWorkflow", id: "s-1" }]);
  expect(loop.acknowledged.toSorted()).toEqual(["1", "2", "3"]);
});
