import { expect, test } from "vitest";
import { createSlowSteps, type StepAnswer } from "./slow-steps.ts";

const pace = { firstSeconds: 15, longestSeconds: 300, firstRetrySeconds: 1, longestRetrySeconds: 60 };
const done: StepAnswer = { done: true, retryInSeconds: null };
const failed: StepAnswer = { done: false, retryInSeconds: null };

/** Steps whose clock stands still, and answers that are given by hand. */
function open() {
  const clock = { now: 0 };
  let ended = Promise.withResolvers<void>();
  const steps = createSlowSteps(pace, () => ended.resolve(), { now: () => clock.now });
  const answers = new Map<string, (answer: StepAnswer) => void>();
  const step = (name: string) => () =>
    new Promise<StepAnswer>((resolve) => {
      answers.set(name, resolve);
    });
  return {
    clock,
    steps,
    begin: (...names: string[]) => steps.begin(Object.fromEntries(names.map((each) => [each, step(each)]))),
    isBegun: (name: string) => answers.has(name),
    async end(name: string, answer: StepAnswer) {
      ended = Promise.withResolvers<void>();
      const resolve = answers.get(name);
      answers.delete(name);
      resolve?.(answer);
      await ended.promise;
    },
  };
}

test("a step that is limited for long holds up none of the others", async () => {
  const { begin, isBegun, end, steps, clock } = open();
  begin("report", "fetch/a");
  await end("report", { done: false, retryInSeconds: 2_400 });
  await end("fetch/a", failed);
  begin("report", "fetch/a", "images/a");
  expect([isBegun("report"), isBegun("fetch/a"), isBegun("images/a")]).toEqual([false, false, true]);
  expect(steps.secondsUntilNext()).toBe(1);
  clock.now = 1_000;
  begin("report", "fetch/a");
  expect([isBegun("report"), isBegun("fetch/a")]).toEqual([false, true]);
  clock.now = 2_400_000;
  begin("report");
  expect(isBegun("report")).toBe(true);
});

test("failures wait longer each time, and start over after a success", async () => {
  const { begin, end, steps, clock } = open();
  const waits: (number | null)[] = [];
  for (let time = 0; time < 9; time += 1) {
    begin("report");
    await end("report", time === 7 ? done : failed);
    waits.push(steps.secondsUntilNext());
    clock.now += (steps.secondsUntilNext() ?? 0) * 1_000;
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 1, 1]);
});

test("news let a failed step be tried again, and a limited one wait", async () => {
  const { begin, isBegun, end, steps, clock } = open();
  for (const until of [0, 1_000, 3_000]) {
    clock.now = until;
    begin("failed", "limited");
    if (isBegun("failed")) await end("failed", failed);
    if (isBegun("limited")) await end("limited", { done: false, retryInSeconds: 60 });
  }
  clock.now = 4_000;
  begin("failed", "limited");
  expect(isBegun("failed")).toBe(false);
  steps.nudge();
  begin("failed", "limited");
  expect([isBegun("failed"), isBegun("limited")]).toEqual([true, false]);
});

test("a wait that was named ends early at news where the step says so", async () => {
  const { begin, isBegun, end, steps, clock } = open();
  begin("report");
  await end("report", { done: false, retryInSeconds: 600, soonerAtNews: true });
  clock.now = 5_000;
  begin("report");
  expect(isBegun("report")).toBe(false);
  expect(steps.secondsUntilNext()).toBe(595);
  steps.nudge();
  begin("report");
  expect(isBegun("report")).toBe(true);
});

test("what is due again right after it was done comes a second later, as one", async () => {
  const { begin, isBegun, end, clock } = open();
  begin("report");
  begin("report");
  await end("report", done);
  begin("report");
  expect(isBegun("report")).toBe(false);
  clock.now = 1_000;
  begin("report");
  expect(isBegun("report")).toBe(true);
});

test("a step that wants a rest after it was done gets it, also when it was not due in between", async () => {
  const { begin, isBegun, end, steps, clock } = open();
  begin("report");
  await end("report", { done: true, retryInSeconds: 30 });
  begin();
  expect(steps.secondsUntilNext()).toBeNull();
  clock.now = 29_000;
  begin("report");
  expect(isBegun("report")).toBe(false);
  expect(steps.secondsUntilNext()).toBe(1);
  clock.now = 30_000;
  begin("report");
  expect(isBegun("report")).toBe(true);
});

test("what is not due any more is forgotten, with its failures", async () => {
  const { begin, end, steps } = open();
  begin("fetch/a");
  await end("fetch/a", failed);
  begin();
  expect(steps.secondsUntilNext()).toBeNull();
  expect(steps.holds()).toEqual({});
});
