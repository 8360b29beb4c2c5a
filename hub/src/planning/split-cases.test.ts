import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitCases } from "./split-cases.ts";

const cases = (...weights: number[]) => weights.map((weight, index) => ({ id: `case-${index}`, weight }));
const weighted = fc
  .array(fc.oneof(fc.constant(0), fc.constant(1), fc.double({ min: 0, max: 1e6, noNaN: true })), {
    minLength: 1,
    maxLength: 200,
  })
  .map((weights) => cases(...weights));
const tools = fc.constantFrom("pytest" as const, "node" as const, "vitest" as const);

function shardsOf(split: ReturnType<typeof splitCases>): string[][] {
  if ("problem" in split) throw new Error(split.problem);
  return split.shards;
}

describe("splitting cases", () => {
  it("gives every case to exactly one shard, leaves none empty, and is the same each time", () => {
    fc.assert(
      fc.property(tools, weighted, fc.nat(), (tool, all, wish) => {
        const count = 1 + (wish % all.length);
        const shards = shardsOf(splitCases(tool, all, count));
        expect(shards).toHaveLength(count);
        expect(shards.every((shard) => shard.length > 0)).toBe(true);
        expect(shards.flat().sort()).toEqual(all.map(({ id }) => id).sort());
        expect(shardsOf(splitCases(tool, all, count))).toEqual(shards);
      }),
    );
  });

  it("cuts pytest's cases into slices in pytest's order", () => {
    fc.assert(
      fc.property(weighted, fc.nat(), (all, wish) => {
        const shards = shardsOf(splitCases("pytest", all, 1 + (wish % all.length)));
        expect(shards.flat()).toEqual(all.map(({ id }) => id));
      }),
    );
  });

  it("gives equal shares of equal cases: 10 in 4 shards are 2 or 3 each", () => {
    const sizes = (tool: "pytest" | "node") =>
      shardsOf(splitCases(tool, cases(...Array(10).fill(1)), 4)).map((shard) => shard.length);
    expect(Math.min(...sizes("pytest"))).toBeGreaterThanOrEqual(2);
    expect(Math.max(...sizes("pytest"))).toBeLessThanOrEqual(3);
    expect(sizes("node").sort()).toEqual([2, 2, 3, 3]);
  });

  it("never gives one shard of files more than the mean and one file", () => {
    fc.assert(
      fc.property(weighted, fc.nat(), (all, wish) => {
        const count = 1 + (wish % all.length);
        const weightOf = new Map(all.map(({ id, weight }) => [id, weight]));
        const sum = (ids: readonly string[]) => ids.reduce((total, id) => total + (weightOf.get(id) ?? 0), 0);
        const heaviest = Math.max(...all.map(({ weight }) => weight));
        const mean = sum(all.map(({ id }) => id)) / count;
        const loads = shardsOf(splitCases("vitest", all, count)).map(sum);
        expect(Math.max(...loads)).toBeLessThanOrEqual((mean + heaviest) * (1 + 1e-9));
      }),
    );
  });

  it("puts a heavy slice of pytest's cases on its own", () => {
    expect(shardsOf(splitCases("pytest", cases(1, 1, 10, 1, 1), 3))).toEqual([
      ["case-0", "case-1"],
      ["case-2"],
      ["case-3", "case-4"],
    ]);
  });

  it("refuses fewer cases than shards, and says what to set", () => {
    expect(splitCases("pytest", cases(1, 1, 1, 1, 1), 8)).toEqual({
      problem: "5 cases cannot fill 8 shards: set shards to 5 or fewer",
    });
    expect(splitCases("node", [], 1)).toMatchObject({ problem: expect.stringContaining("no test cases") });
  });
});
