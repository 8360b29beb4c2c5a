import fc from "fast-check";
import { expect, test } from "vitest";
import { globProblem, matchesAny, matchesGlob } from "./globs.ts";

test.each([
  ["deploy/**", "deploy/chart/values.yaml", true],
  ["deploy/**", "deploy", true],
  ["deploy/**", "deployment/x", false],
  ["**/*.py", "a.py", true],
  ["**/*.py", "src/shop/a.py", true],
  ["**/*.py", "src/shop/a.pyc", false],
  ["src/**/test/*", "src/a/b/test/c", true],
  ["src/**/test/*", "src/test/c", true],
  ["src/**/test/*", "src/a/b/tests/c", false],
  ["*", "README.md", true],
  ["*", "docs/README.md", false],
  ["**", "docs/README.md", true],
  ["*.md", ".md", true],
  ["a*b*c", "aXbXbc", true],
  ["a*b*c", "acb", false],
  ["v?.0", "v1.0", true],
  ["v?.0", "v10.0", false],
  ["v?.0", "v/.0", false],
  ["main", "main", true],
  ["main", "Main", false],
  ["release/*", "release/1.2", true],
  ["release/*", "release/1/2", false],
  ["a.c", "abc", false],
  ["(a|b)+", "(a|b)+", true],
])("%s and %s: %s", (glob, text, expected) => {
  expect(matchesGlob(glob, text)).toBe(expected);
});

test("what stands for itself matches itself and nothing else", () => {
  const text = fc.string({ maxLength: 30 }).filter((it) => !/[*?]/.test(it));
  fc.assert(fc.property(text, text, (one, other) => matchesGlob(one, other) === (one === other)));
});

test("it agrees with a slow matcher that tries everything", () => {
  const part = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 4 });
  const glob = fc.array(fc.oneof(fc.constant("**"), part), { minLength: 1, maxLength: 4 });
  const text = fc.array(fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 4 }), {
    minLength: 1,
    maxLength: 5,
  });
  const slowPart = (pattern: string, from: string): boolean => {
    if (pattern === "") return from === "";
    if (pattern.startsWith("*"))
      return slowPart(pattern.slice(1), from) || (from !== "" && slowPart(pattern, from.slice(1)));
    return (
      from !== "" &&
      (pattern[0] === "?" || pattern[0] === from[0]) &&
      slowPart(pattern.slice(1), from.slice(1))
    );
  };
  const slow = (patterns: string[], parts: string[]): boolean => {
    const [first, ...rest] = patterns;
    if (first === undefined) return parts.length === 0;
    if (first === "**") return slow(rest, parts) || (parts.length > 0 && slow(patterns, parts.slice(1)));
    return parts.length > 0 && slowPart(first, parts[0] ?? "") && slow(rest, parts.slice(1));
  };
  fc.assert(
    fc.property(glob, text, (patterns, parts) => {
      expect(matchesGlob(patterns.join("/"), parts.join("/"))).toBe(slow(patterns, parts));
    }),
    { numRuns: 2_000 },
  );
});

test("any of the patterns at any of the texts is enough", () => {
  expect(matchesAny(["docs/**", "src/**"], ["README.md", "src/a.ts"])).toBe(true);
  expect(matchesAny(["docs/**", "src/**"], ["README.md", "test/a.ts"])).toBe(false);
  expect(matchesAny([], ["README.md"])).toBe(false);
  expect(matchesAny(["**"], [])).toBe(false);
});

test("patterns and paths made to take for ever are answered by yes", () => {
  const globs = Array.from({ length: 50 }, (_, at) => `*${"a".repeat(150)}b${at}`);
  const paths = Array.from({ length: 3_000 }, () => "a".repeat(4_000));
  // All pairs would take some hours.
  expect(matchesAny(globs, paths)).toBe(true);
});

test.each([
  ["deploy/**", null],
  ["**/*.py", null],
  ["release/*", null],
  ["/deploy", "has an empty part, '.' or '..' and would match nothing"],
  ["./deploy", "has an empty part, '.' or '..' and would match nothing"],
  ["../deploy", "has an empty part, '.' or '..' and would match nothing"],
  ["deploy/", "ends with '/' and would match nothing"],
  ["*.{ts,tsx}", "has '{', which is not known"],
  ["[a-z]", "has '[', which is not known"],
  ["a\\*", "has '\\', which is not known"],
  ["src/**.ts", "has '**' beside other characters"],
])("%s is checked", (glob, problem) => {
  expect(globProblem(glob)?.problem ?? null).toBe(problem);
});
