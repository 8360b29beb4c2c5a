import { expect, test } from "vitest";
import { createNames } from "./prepare-repeated.ts";

test("a statement has a name from its third time on", () => {
  const nameOf = createNames();
  expect([1, 2, 3, 4].map(() => nameOf("select $1"))).toEqual([null, null, "s1", "s1"]);
  expect(nameOf("select $2")).toBe(null);
});

test("however many statements come again, 500 are prepared, and those stay so", () => {
  const nameOf = createNames();
  const statements = Array.from({ length: 700 }, (_, place) => `select ${place}`);
  const asked = [1, 2, 3].map(() => statements.filter((statement) => nameOf(statement) !== null));
  expect(asked.map(({ length }) => length)).toEqual([0, 0, 500]);
  expect(new Set(asked[2]?.map(nameOf)).size).toBe(500);
  expect(statements.filter((statement) => nameOf(statement) !== null)).toEqual(asked[2]);
});

test("statements that come once each do not keep one that comes often from being prepared", () => {
  const nameOf = createNames();
  const answers = Array.from({ length: 10 }, (_, round) => {
    for (let place = 0; place < 1_000; place += 1) nameOf(`select ${round} ${place}`);
    return [1, 2, 3].map(() => nameOf("often")).at(-1);
  });
  expect(answers.at(-1)).toBe("s1");
});
