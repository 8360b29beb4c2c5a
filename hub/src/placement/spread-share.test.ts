import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spreadShare } from "./spread-share.ts";

const region = { label: "region", min: 0, max: null };
const others = (...placed: number[]) =>
  placed.map((count, index) => ({ value: `v${index}`, placed: count, isOpen: true }));

describe("the share of a value", () => {
  it("is an even part of what waits", () => {
    expect(spreadShare(region, { here: 0, others: others(0), waiting: 8 }).allowed).toBe(4);
    expect(spreadShare(region, { here: 4, others: others(0), waiting: 4 }).allowed).toBe(0);
    expect(spreadShare(region, { here: 0, others: others(4), waiting: 4 }).allowed).toBe(4);
    expect(spreadShare(region, { here: 0, others: others(0, 0), waiting: 4 }).allowed).toBe(2);
  });

  it("is all of it where no other value is open", () => {
    const full = [{ value: "west", placed: 0, isOpen: false }];
    expect(spreadShare(region, { here: 0, others: full, waiting: 8 }).allowed).toBe(8);
    expect(spreadShare(region, { here: 3, others: [], waiting: 8 }).allowed).toBe(8);
  });

  it("never goes over 'max'", () => {
    const most = { ...region, max: 3 };
    expect(spreadShare(most, { here: 0, others: others(0), waiting: 20 }).allowed).toBe(3);
    expect(spreadShare(most, { here: 3, others: [], waiting: 1 })).toEqual({
      allowed: 0,
      message: "holds the most it may of this suite, 3",
      isFinal: true,
    });
  });

  it("keeps the minimum of a value that is full", () => {
    const full = [{ value: "west", placed: 1, isOpen: false }];
    const least = { ...region, min: 3 };
    expect(spreadShare(least, { here: 0, others: full, waiting: 7 }).allowed).toBe(5);
    expect(spreadShare(least, { here: 5, others: full, waiting: 2 })).toEqual({
      allowed: 0,
      message: "the shards that wait are kept for west, at least 3 each",
      isFinal: false,
    });
  });
});

/** Values ask in any order, each with any number of free slots. */
const asking = fc.array(fc.record({ value: fc.nat({ max: 2 }), slots: fc.integer({ min: 1, max: 4 }) }), {
  maxLength: 30,
});

it("places every shard, evenly and within 'max', whoever asks first", () => {
  fc.assert(
    fc.property(
      asking,
      fc.integer({ min: 1, max: 20 }),
      fc.nat({ max: 4 }),
      fc.option(fc.integer({ min: 1, max: 9 })),
      (order, shards, min, max) => {
        const placed = [0, 0, 0];
        let waiting = shards;
        const ask = (value: number, slots: number) => {
          const rest = placed.flatMap((count, index) =>
            index === value ? [] : [{ value: `v${index}`, placed: count, isOpen: true }],
          );
          const state = { here: placed[value] ?? 0, others: rest, waiting };
          const taken = Math.min(slots, spreadShare({ label: "region", min, max }, state).allowed);
          placed[value] = (placed[value] ?? 0) + taken;
          waiting -= taken;
        };
        for (const { value, slots } of order) ask(value, slots);
        for (let round = 0; round < 30; round += 1) ask(round % 3, shards);
        const most = max ?? Number.POSITIVE_INFINITY;
        expect(waiting).toBe(Math.max(0, shards - 3 * most));
        expect(Math.max(...placed)).toBeLessThanOrEqual(most);
        expect(Math.max(...placed) - Math.min(...placed)).toBeLessThanOrEqual(1);
      },
    ),
  );
});
