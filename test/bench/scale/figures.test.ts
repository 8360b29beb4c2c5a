import { expect, test } from "vitest";
import { fluidBound, growthExponent, slope } from "./figures.ts";

test("the slope of points on a line is the line's, and noise is averaged", () => {
  const line = [1, 2, 3].map((x) => ({ x, y: 2 * x + 7 }));
  expect(slope(line)).toBeCloseTo(2);
  expect(slope([...line, { x: 2, y: 100 }, { x: 2, y: -78 }])).toBeCloseTo(2);
});

test("points at one place have no slope", () => {
  expect(() => slope([{ x: 1, y: 1 }])).toThrow("two different x");
  expect(() => slope([])).toThrow("two different x");
});

test("cost in proportion grows with exponent 1, with the square 2, and a fixed cost makes it less", () => {
  const sizes = [100, 1_000, 10_000, 30_000];
  const exponent = (cost: (x: number) => number) => growthExponent(sizes.map((x) => ({ x, y: cost(x) })));
  expect(exponent((x) => 0.004 * x)).toBeCloseTo(1);
  expect(exponent((x) => 0.004 * x ** 2)).toBeCloseTo(2);
  expect(exponent((x) => 1 + 0.004 * x)).toBeLessThan(0.95);
  expect(() => growthExponent([{ x: 100, y: 0 }])).toThrow("above 0");
});

test("the bound is the slower of pods and slots", () => {
  const work = { shards: 1_000, podsPerSecond: 50, totalDurationSeconds: 0, slots: 100 };
  expect(fluidBound(work)).toBe(20);
  expect(fluidBound({ ...work, totalDurationSeconds: 10_000 })).toBe(100);
});
