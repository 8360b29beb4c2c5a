import { describe, expect, it } from "vitest";
import type { Attempt, Shard } from "../leases/attempt-context.ts";
import { missingCases, unprovedCases } from "./covered-cases.ts";
import { nextStep } from "./next-step.ts";
import { combineVerdicts, runVerdict } from "./verdicts.ts";

const parts = (...states: string[]) => states.map((state) => ({ state, optional: false }));
const optional = (state: string) => ({ state, optional: true });

describe("verdicts", () => {
  it("are failed over errored over cancelled over passed, and none while a part is open", () => {
    expect(combineVerdicts(["passed", "cancelled", "errored", "failed"])).toBe("failed");
    expect(combineVerdicts(["passed", "cancelled", "errored"])).toBe("errored");
    expect(combineVerdicts(["passed", "cancelled"])).toBe("cancelled");
    expect(combineVerdicts(["passed", "passed"])).toBe("passed");
    expect(combineVerdicts(["failed", "running"])).toBeNull();
    expect(combineVerdicts([])).toBe("errored");
  });

  it("call a run cancelled when its cancel left something undone, and only then", () => {
    expect(runVerdict(parts("failed", "cancelled"), true)).toBe("cancelled");
    expect(runVerdict(parts("failed", "passed"), true)).toBe("failed");
    expect(runVerdict(parts("failed", "cancelled"), false)).toBe("failed");
    expect(runVerdict([...parts("passed"), optional("cancelled")], true)).toBe("cancelled");
  });

  it("do not count optional suites, and wait for them", () => {
    expect(runVerdict([...parts("passed"), optional("failed")], false)).toBe("passed");
    expect(runVerdict([...parts("failed"), optional("errored")], false)).toBe("failed");
    expect(runVerdict([...parts("passed"), optional("running")], false)).toBeNull();
    expect(runVerdict([...parts("running"), optional("failed")], false)).toBeNull();
    expect(runVerdict([optional("failed")], false)).toBe("passed");
    expect(runVerdict([], false)).toBe("errored");
  });
});

describe("what follows from an attempt", () => {
  const budgets = { retries: 1, infrastructureRetries: 2 };
  const step = (
    state: Attempt["state"],
    reason: string | null,
    used: Partial<Shard> = {},
    isCancelRequested = false,
  ) => {
    const exit = reason === null ? null : ({ reason, message: "m" } as Attempt["exit"]);
    const shard = { redRetriesUsed: 0, infrastructureRetriesUsed: 0, ...used };
    const next = nextStep(shard, { state, exit }, budgets, isCancelRequested);
    return next.step === "retry" ? `retry ${next.budget}` : next.state;
  };

  it.each([
    ["passed", "completed", {}, "passed"],
    ["failed", "completed", {}, "retry red"],
    ["failed", "completed", { redRetriesUsed: 1 }, "failed"],
    ["failed", "completed", { infrastructureRetriesUsed: 9 }, "retry red"],
    ["lost", null, {}, "retry infrastructure"],
    ["lost", null, { infrastructureRetriesUsed: 2 }, "errored"],
    ["errored", "evicted", { redRetriesUsed: 1 }, "retry infrastructure"],
    ["errored", "node_lost", {}, "retry infrastructure"],
    ["errored", "collect_failed", {}, "retry infrastructure"],
    ["errored", "cancelled", {}, "retry infrastructure"],
    ["errored", "out_of_memory", {}, "errored"],
    ["errored", "image_missing", {}, "errored"],
    ["errored", "bad_command", {}, "errored"],
    ["errored", "deadline", {}, "errored"],
    ["errored", "content_unsafe", {}, "errored"],
    ["errored", "completed", {}, "errored"],
    ["cancelled", "cancelled", {}, "cancelled"],
  ] as const)("%s (%s) with %j leads to %s", (state, reason, used, expected) => {
    expect(step(state, reason, used)).toBe(expected);
  });

  it("is never a retry once the run is cancelled", () => {
    expect(step("failed", "completed", {}, true)).toBe("failed");
    expect(step("lost", null, {}, true)).toBe("cancelled");
    expect(step("errored", "evicted", {}, true)).toBe("cancelled");
  });
});

describe("planned cases", () => {
  const result = (name: string, outcome = "passed", file: string | null = null) => ({
    case: name,
    outcome,
    file,
  });

  it("are missing unless a result names them, their file, or a test inside", () => {
    const planned = ["t.py::a", "x.test.ts", "y.test.ts", "z.test.ts"];
    const results = [
      result("t.py::a"),
      result("x.test.ts › deep › test"),
      result("other", "passed", "y.test.ts"),
    ];
    expect(missingCases(planned, results)).toEqual(["z.test.ts"]);
  });

  it("are covered by a name that came twice", () => {
    expect(missingCases(["a"], [result("a (2)")])).toEqual([]);
  });

  it("are covered by tests inside them, whatever sorts between the two", () => {
    const results = [result("a › x", "failed"), result("a b", "failed"), result("a!", "failed")];
    expect(missingCases(["a", "a!", "a b", "a ›", "a › x › y"], results)).toEqual(["a ›", "a › x › y"]);
    expect(unprovedCases(["c", "a b", "a!", "a"], [...results, result("c")])).toEqual(["a b", "a!", "a"]);
    expect(unprovedCases(["c", "a b", "a!"], [...results, result("c")])).toEqual(["c", "a b", "a!"]);
  });

  it("are tried again when red, in the plan's order", () => {
    const results = [result("c", "errored"), result("b"), result("a", "failed")];
    expect(unprovedCases(["a", "b", "c"], results)).toEqual(["a", "c"]);
  });

  it("are tried again as well when their tool never came to them", () => {
    const results = [result("a"), result("c", "failed")];
    expect(unprovedCases(["a", "b", "c", "d"], results)).toEqual(["b", "c", "d"]);
    expect(unprovedCases(["a", "b"], [result("a")])).toEqual(["b"]);
  });

  it("are all tried again when every one is green, since what was wrong is none of them", () => {
    expect(unprovedCases(["a", "b"], [result("a"), result("b", "skipped")])).toEqual(["a", "b"]);
  });

  it("are all tried again when a red result belongs to none of them", () => {
    const results = [result("collection of b", "errored"), result("a", "failed"), result("b")];
    expect(unprovedCases(["a", "b"], results)).toEqual(["a", "b"]);
  });
});
