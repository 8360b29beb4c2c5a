import { describe, expect, it, vi } from "vitest";
import { parseCaseList } from "./parse-case-list.ts";
import { withPlannedFiles } from "./relative-files.ts";
import { cutText, safeText } from "./safe-text.ts";
import { createUniqueNames } from "./unique-names.ts";

const list = (value: unknown) =>
  parseCaseList(
    "list.json",
    new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)),
  );

describe("names in reports", () => {
  it("are made unique without losing one, even where the suffix was taken", () => {
    const unique = createUniqueNames(new Set(["a", "a (2)"]));
    expect(["a", "a", "b", "b"].map(unique)).toEqual(["a (3)", "a (4)", "b", "b (2)"]);
  });

  it("stay within their limit when a suffix is added", () => {
    const unique = createUniqueNames(new Set());
    const long = "x".repeat(1_000);
    expect(unique(long)).toBe(long);
    expect(unique(long)).toHaveLength(1_000);
  });

  it("are made unique in about one look each, also where the suffix cuts many to the same start", () => {
    const looks = vi.fn();
    class Counted extends Set<string> {
      override has(name: string): boolean {
        looks();
        return super.has(name);
      }
    }
    const unique = createUniqueNames(new Counted());
    const long = Array.from({ length: 1_000 }, (_, index) => `${"x".repeat(990)} ${100_000 + index}`);
    const short = Array.from({ length: 1_000 }, () => "a");
    const given = [...long, ...long, ...long, ...short].map(unique);
    expect(new Set(given).size).toBe(4_000);
    expect(given.every((name) => name.length <= 1_000)).toBe(true);
    expect(looks.mock.calls.length).toBeLessThan(12_000);
  });

  it("are cut between characters, and say so", () => {
    expect(cutText("x".repeat(12), 10)).toBe("xxx… (cut)");
    expect(cutText(`xx${"\u{1F600}".repeat(5)}`, 10).isWellFormed()).toBe(true);
    expect(safeText("a\0\udc00")).toBe("a\uFFFD\uFFFD");
  });

  it("use the planned file where a tool wrote an absolute path", () => {
    const base = { outcome: "passed" as const, seconds: null, message: null, detail: null, line: null };
    const results = [
      { ...base, case: "/work/app/test/a.mjs › outer › x", file: "/work/app/test/a.mjs" },
      { ...base, case: "y", file: "/elsewhere/b.mjs" },
    ];
    expect(withPlannedFiles(results, ["test/a.mjs", "a.mjs"]).map((each) => [each.case, each.file])).toEqual([
      ["test/a.mjs › outer › x", "test/a.mjs"],
      ["y", "/elsewhere/b.mjs"],
    ]);
  });
});

describe("a list of cases", () => {
  it("keeps the tool's order and each case once", () => {
    expect(list({ tool: "pytest", cases: [{ id: "b" }, { id: "a" }, { id: "b" }] }).cases).toEqual([
      { id: "b", weight: 1 },
      { id: "a", weight: 1 },
    ]);
  });

  it("is refused by name when it is none", () => {
    for (const bad of [
      "{",
      { tool: "x" },
      { tool: "x", cases: [{ id: "" }] },
      { tool: "x", cases: [{ id: "a", weight: -1 }] },
    ])
      expect(() => list(bad)).toThrow(/case list "list.json"/);
    expect(() => list({ tool: "x", cases: [{ id: "x".repeat(2_000) }] })).toThrow(
      /case 1 has a name of more than 1000/,
    );
    expect(() => list({ tool: "x", cases: [{ id: "a\0" }] })).toThrow(/NUL/);
  });
});
