import { expect, test } from "vitest";
import { quantile, summarize } from "./statistics.ts";

test("the median of an even number of values lies between the two in the middle", () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
});

test("a summary names extremes and spread", () => {
  expect(summarize([10, 20, 30])).toEqual({ count: 3, median: 20, p10: 12, p90: 28, min: 10, max: 30 });
});

test("no values have no quantile", () => {
  expect(() => quantile([], 0.5)).toThrow("at least one value");
});
