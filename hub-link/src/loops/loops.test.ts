import type { ClaimAnswer, ClaimRequest } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { HeartbeatAnswer } from "@seatrial/contracts/agent-protocol/hold.ts";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { describe, expect, it } from "vitest";
import { createClaimLoop } from "./claim-loop.ts";
import { createHeartbeatLoop } from "./heartbeat-loop.ts";

const times = { leaseSeconds: 60, heartbeatSeconds: 10, acknowledgeSeconds: 20 };
const nothing: ClaimAnswer = { leases: [], orders: [], clusterState: null, times };
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Claims that are answered by hand. */
function heldClaims({ paceMilliseconds = (): number => 0 } = {}) {
  const open: {
    request: ClaimRequest;
    answer: (answer: ClaimAnswer) => void;
    fail: (error: Error) => void;
  }[] = [];
  let asked = 0;
  let slotsFree = 3;
  const clock = createManualClock();
  const heard: ClaimAnswer[] = [];
  const loop = createClaimLoop({
    claim: (request, signal) =>
      new Promise((answer, fail) => {
        asked += 1;
        open.push({ request, answer, fail });
        signal.addEventListener("abort", () => fail(new Error("aborted")));
      }),
    request: () => ({
      instance: "instance-1",
      kinds: ["shard"],
      slots: 3,
      slotsFree,
      running: [],
      allocatable: null,
      waitSeconds: 25,
      spool: null,
    }),
    onAnswer: async (answer) => void heard.push(answer),
    paceMilliseconds,
    clock,
    logger: silentLogger,
    random: () => 0,
  });
  const setSlotsFree = (slots: number) => {
    slotsFree = slots;
  };
  return { loop, open, clock, heard, asked: () => asked, setSlotsFree };
}

describe("the claim loop", () => {
  it("holds exactly one claim, and the next one as soon as it is answered", async () => {
    const { loop, open, heard, asked } = heldClaims();
    loop.start();
    await settle();
    expect(asked()).toBe(1);
    open[0]?.answer(nothing);
    await settle();
    expect(heard).toHaveLength(1);
    expect(asked()).toBe(2);
    await loop.stop();
    expect(asked()).toBe(2);
  });
  it("keeps its pace between two claims, which counts from the one before", async () => {
    const { loop, open, clock, asked } = heldClaims({ paceMilliseconds: () => 200 });
    loop.start();
    await settle();
    expect(asked()).toBe(1);
    await clock.advance(150);
    open[0]?.answer(nothing);
    await clock.sleepers(1);
    expect([asked(), clock.waits()]).toEqual([1, [50]]);
    await clock.advance(50);
    expect(asked()).toBe(2);
    await clock.advance(1_000);
    open[1]?.answer(nothing);
    await settle();
    expect(asked()).toBe(3);
    await loop.stop();
  });
  it("keeps its pace although the clock was set back or ahead while a claim was held", async () => {
    const { loop, open, clock, asked } = heldClaims({ paceMilliseconds: () => 200 });
    loop.start();
    await settle();
    for (const [turn, hours] of [-1, 1].entries()) {
      clock.step(hours * 3_600_000);
      open[turn]?.answer(nothing);
      await clock.sleepers(1);
      expect(clock.waits()).toEqual([200]);
      await clock.advance(200);
      expect(asked()).toBe(turn + 2);
    }
    await loop.stop();
  });
  it("waits longer after each error, and begins anew after an answer", async () => {
    const { loop, open, clock, asked } = heldClaims();
    loop.start();
    for (const wait of [250, 500, 1_000]) {
      await settle();
      open.at(-1)?.fail(new Error("away"));
      await clock.sleepers(1);
      expect(clock.waits()).toEqual([wait]);
      await clock.advance(wait - 1);
      const before = asked();
      await clock.advance(1);
      expect(asked()).toBe(before + 1);
    }
    open.at(-1)?.answer(nothing);
    await settle();
    open.at(-1)?.fail(new Error("away"));
    await clock.sleepers(1);
    expect(clock.waits()).toEqual([250]);
    await loop.stop();
  });
  it("asks anew at once when told that what it said has changed", async () => {
    const { loop, open, clock, setSlotsFree } = heldClaims();
    setSlotsFree(0);
    loop.start();
    await settle();
    expect(loop.held()?.slotsFree).toBe(0);
    setSlotsFree(2);
    loop.refresh();
    await settle();
    expect(open.at(-1)?.request.slotsFree).toBe(2);
    expect(clock.waits()).toEqual([]);
    await loop.stop();
  });
});

describe("the heartbeat loop", () => {
  function beating(answers: ("ok" | "fail" | "silent")[], leases: string[]) {
    const clock = createManualClock();
    const beats: string[][] = [];
    const loop = createHeartbeatLoop({
      leases: () => leases,
      async heartbeat(named, signal): Promise<HeartbeatAnswer> {
        beats.push(named);
        const answer = answers.shift();
        if (answer === "fail") throw new Error("away");
        if (answer === "silent")
          await new Promise((_, fail) => signal.addEventListener("abort", () => fail(new Error("aborted"))));
        return { ...nothing, leases: [] };
      },
      onAnswer: async () => {},
      times: () => times,
      clock,
      logger: silentLogger,
    });
    return { loop, clock, beats };
  }
  it("sends all leases in one request at the hub's pace", async () => {
    const { loop, clock, beats } = beating([], ["l-1", "l-2"]);
    loop.start();
    await clock.sleepers(1);
    await clock.advance(9_999);
    expect(beats).toEqual([]);
    await clock.advance(1);
    expect(beats).toEqual([["l-1", "l-2"]]);
    await loop.stop();
  });
  it("makes up for a lost beat in a quarter of the time", async () => {
    const { loop, clock, beats } = beating(["fail"], ["l-1"]);
    loop.start();
    await clock.sleepers(1);
    await clock.advance(10_000);
    await clock.sleepers(1);
    expect(clock.waits()).toEqual([2_500]);
    await clock.advance(2_500);
    expect(beats).toHaveLength(2);
    await loop.stop();
  });
  it("waits for an answer no longer than until the next beat is due", async () => {
    const { loop, clock, beats } = beating(["silent"], ["l-1"]);
    loop.start();
    await clock.sleepers(1);
    await clock.advance(10_000);
    await clock.sleepers(1);
    await clock.advance(9_999);
    expect(clock.waits()).toEqual([10_000]);
    await clock.advance(1);
    await clock.sleepers(1);
    expect(clock.waits()).toEqual([2_500]);
    await clock.advance(2_500);
    expect(beats).toHaveLength(2);
    await loop.stop();
  });
  it("is silent while there is nothing to keep", async () => {
    const { loop, clock, beats } = beating([], []);
    loop.start();
    await clock.sleepers(1);
    await clock.advance(60_000);
    expect(beats).toEqual([]);
    await loop.stop();
  });
});
