import { type ExitReason, exitReasons } from "@seatrial/contracts/runs/exit.ts";
import { describe, expect, it } from "vitest";
import { type AttemptFacts, decideAttempt } from "./decide-attempt.ts";

const facts = (
  fields: Partial<AttemptFacts> & { exitCode?: number | null; reason?: ExitReason } = {},
): AttemptFacts => ({
  exit: {
    reason: fields.reason ?? "completed",
    exitCode: fields.exitCode === undefined ? 0 : fields.exitCode,
    signal: null,
    message: "",
    evidence: [],
  },
  mode: "test",
  isPreset: false,
  expectsResults: false,
  isCancelRequested: false,
  results: 0,
  redResults: 0,
  missing: [],
  uncollected: [],
  list: null,
  ...fields,
});
const preset = { isPreset: true, expectsResults: true };
const missing = ["a", "b", "c", "d", "e", "f", "g"];

describe("what an attempt amounts to", () => {
  it.each([
    ["a command with exit code 0", {}, "passed", ""],
    ["a command with exit code 2", { exitCode: 2 }, "failed", "exit code 2"],
    ["a preset whose cases passed", { ...preset, results: 3 }, "passed", ""],
    ["a preset with a red case", { ...preset, exitCode: 1, results: 3, redResults: 1 }, "failed", ""],
    ["a red case although the exit code is 0", { results: 2, redResults: 1 }, "failed", ""],
    [
      "a preset with exit code 1 and every case green",
      { ...preset, exitCode: 1, results: 3 },
      "failed",
      "exit code 1 although every case passed",
    ],
    [
      "a preset with exit code 3 and a case unheard of",
      { ...preset, exitCode: 3, results: 2, missing: ["x"] },
      "errored",
      "exit code 3; 1 planned cases have no result: x",
    ],
    [
      "exit code 0 and cases unheard of",
      { ...preset, results: 2, missing },
      "errored",
      "7 planned cases have no result: a, b, c, d, e and 2 more",
    ],
    [
      "a preset without any result",
      { ...preset, missing },
      "errored",
      "no results: a report was expected and none came (exit code 0)",
    ],
    [
      "a declared report that never came",
      { expectsResults: true, exitCode: 1 },
      "errored",
      "no results: a report was expected and none came (exit code 1)",
    ],
    [
      "green results beside a report over its size",
      { results: 3, uncollected: ["b.xml: larger than 64 MiB"] },
      "errored",
      "reports could not be read: b.xml: larger than 64 MiB (exit code 0)",
    ],
    [
      "a red case beside a report over its size",
      { results: 3, redResults: 1, uncollected: ["b.xml: larger than 64 MiB"] },
      "failed",
      "",
    ],
    ["a list with exit code 0", { mode: "list" as const, list: { errors: [] } }, "passed", ""],
    [
      "no list with exit code 0",
      { mode: "list" as const },
      "errored",
      "listing the test cases brought no list, although its command ended with exit code 0",
    ],
    [
      "a list with exit code 4",
      { mode: "list" as const, exitCode: 4, list: { errors: [] } },
      "errored",
      "listing the test cases ended with exit code 4",
    ],
    [
      "a list with collection errors",
      { mode: "list" as const, exitCode: 2, list: { errors: ["a.py: no module"] } },
      "errored",
      "the tool could not collect the tests: a.py: no module",
    ],
    [
      "a cancel that was asked for",
      { reason: "cancelled" as const, isCancelRequested: true, exitCode: null },
      "cancelled",
      "",
    ],
    [
      "a cancel that nobody asked for",
      { reason: "cancelled" as const, exitCode: null },
      "errored",
      "the agent stopped it and nobody had asked for that",
    ],
  ])("%s: %j is %s", (_name, fields, state, message) => {
    expect(decideAttempt(facts(fields))).toEqual({ state, message });
  });

  it.each(exitReasons.filter((reason) => reason !== "completed" && reason !== "cancelled"))(
    "%s is errored, whatever the results say",
    (reason) => {
      expect(decideAttempt(facts({ reason, results: 5, redResults: 5 })).state).toBe("errored");
    },
  );
});
