import { expect, it } from "vitest";
import { parseQuantity } from "./parse-quantity.ts";

it.each([
  ["4", 4],
  ["0.5", 0.5],
  [".5", 0.5],
  ["16393244Ki", 16_393_244 * 1_024],
  ["1.5Gi", 1.5 * 1_024 ** 3],
  ["100M", 100_000_000],
  ["2k", 2_000],
  ["1e3", 1_000],
  ["1E3", 1_000],
  ["1E", 1e18],
])("the quantity %s is %d", (text, value) => {
  expect(parseQuantity(text)).toBe(value);
});
it.each([
  ["3920m", 3_920],
  ["2", 2_000],
  ["0.1", 100],
  ["250000000n", 250],
  ["1500u", 1.5],
])("in thousandths, %s is %d", (text, value) => {
  expect(parseQuantity(text, 1_000)).toBeCloseTo(value, 9);
});
it.each(["", "m", "4 Gi", "4GiB", "1e", "0x10", "Infinity", "1.2.3", "--1"])("%j is none", (text) => {
  expect(parseQuantity(text)).toBeNull();
});
