import { expect, test } from "vitest";
import { findInterleaved } from "./check-writers.ts";

const write = (at: number, writer: string) => ({ at: `2026-01-01T00:00:0${at}Z`, writer, what: "patch x/y" });

test("writers one after the other are fine, however often each writes", () => {
  expect(
    findInterleaved([write(1, "a"), write(2, "a"), write(3, "b"), write(4, "b"), write(5, "c")]),
  ).toEqual([]);
});

test("a writer that comes back after another one wrote is found", () => {
  const found = findInterleaved([write(1, "a"), write(2, "b"), write(3, "a")]);
  expect(found).toEqual([expect.stringContaining("a wrote patch x/y after b had written")]);
});
