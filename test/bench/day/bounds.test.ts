import { expect, test } from "vitest";
import { createRandom } from "../../faults/seeded-random.ts";
import { makeArrivals } from "./arrivals.ts";
import { waitIdeally, waitSerially } from "./bounds.ts";

test("arrivals are the seed's, in order, within the day, and come in bursts", () => {
  const day = () => makeArrivals(createRandom(7), 200, 1_000);
  const arrivals = day();
  expect(day()).toEqual(arrivals);
  expect(arrivals.length).toBe(200);
  expect(arrivals.toSorted((left, right) => left - right)).toEqual(arrivals);
  expect(Math.min(...arrivals)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...arrivals)).toBeLessThanOrEqual(1_000);
  const gaps = arrivals.slice(1).map((at, index) => at - (arrivals[index] ?? 0));
  // Evenly spread, there would be 5 seconds between two.
  expect(gaps.filter((gap) => gap < 1.5).length).toBeGreaterThan(60);
});

test("ideally, a commit waits only while all slots are taken", () => {
  const cost = { shards: 2, slotSeconds: 10, otherSeconds: 1 };
  expect(waitIdeally([0, 0, 0, 30], 4, cost)).toEqual([11, 11, 21, 11]);
});

test("serially, a commit waits for all before it", () => {
  expect(waitSerially([0, 0, 5, 100], 10)).toEqual([10, 20, 25, 10]);
});
