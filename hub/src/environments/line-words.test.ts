import { expect, it } from "vitest";
import { lineWords } from "./line-words.ts";

it("says the place in line and what the project has", () => {
  expect(lineWords(3, { held: 6, quota: 6 })).toBe("waits: 3rd in line, the project has 6 of 6 environments");
});

it.each([
  [1, "1st"],
  [2, "2nd"],
  [4, "4th"],
  [11, "11th"],
  [12, "12th"],
  [13, "13th"],
  [21, "21st"],
  [30, "30th"],
  [111, "111th"],
  [122, "122nd"],
])("writes %i as %s", (position, written) => {
  expect(lineWords(position, { held: 1, quota: 1 })).toContain(`waits: ${written} in line`);
});
