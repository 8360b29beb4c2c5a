import { expect, test } from "vitest";
import { createNames, type NameOf } from "./prepare-repeated.ts";

test("a statement has a name from its third time on", () => {
  const nameOf = createNames();
  const [first, second, third, fourth] = [1, 2, 3, 4].map(() => nameOf("select $1"));
  expect([first, second]).toEqual([null, null]);
  expect(third).toMatch(/^s[\w-]{24}$/);
  expect(fourth).toBe(third);
  expect(nameOf("select $2")).toBe(null);
});

test("a name says which statement it is, so that behind a pooler none is taken for another's", () => {
  const [ours, theirs] = [createNames(), createNames()];
  const statements = ["select $1", "select $2", "delete from things where id = $1"];
  const name = (nameOf: NameOf, statement: string) => [1, 2, 3].map(() => nameOf(statement)).at(-1);
  const named = statements.map((statement) => name(ours, statement));
  expect(statements.toReversed().map((statement) => name(theirs, statement))).toEqual(named.toReversed());
  expect(new Set(named).size).toBe(3);
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
  expect(answers.at(-1)).not.toBe(null);
});
