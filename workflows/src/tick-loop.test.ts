import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { expect, test } from "vitest";
import { runTickLoop } from "./tick-loop.ts";

type Tick = () => Promise<{
  handedBack: number;
  lost: number;
  compacted: number;
  nextDueInSeconds: number | null;
}>;

/** What the loop sleeps after each tick, as the hub answers these in turn. */
async function sleepsAfter(answers: (number | null | Error)[]): Promise<number[]> {
  const clock = createManualClock();
  const stopping = new AbortController();
  const left = [...answers];
  const tick: Tick = async () => {
    const nextDueInSeconds = left.shift() ?? null;
    if (nextDueInSeconds instanceof Error) throw nextDueInSeconds;
    return { handedBack: 0, lost: 0, compacted: 0, nextDueInSeconds };
  };
  const backoff = createBackoff({ firstMilliseconds: 250, maxMilliseconds: 5_000, random: () => 0.5 });
  const loop = runTickLoop({ hub: { tick }, clock, backoff, logger: silentLogger }, stopping.signal);
  const sleeps: number[] = [];
  for (const _ of answers) {
    await clock.sleepers(1);
    sleeps.push(...clock.waits());
    await clock.advance(5_000);
  }
  stopping.abort();
  await loop;
  return sleeps;
}

test("ticks follow the hub's pace, between a quarter of a second and five", async () => {
  expect(await sleepsAfter([null, 60, 2, 0.01])).toEqual([5_000, 5_000, 2_000, 250]);
});

test("an unanswered tick is tried again, after a longer wait each time", async () => {
  const outage = new Error("the hub did not answer");
  expect(await sleepsAfter([outage, outage, outage, 2, outage])).toEqual([187.5, 375, 750, 2_000, 187.5]);
});
