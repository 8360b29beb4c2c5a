import {
  environmentStates,
  environmentWishes,
  type OperationState,
  operationKinds,
  operationStates,
} from "@seatrial/contracts/environments/lifecycle.ts";
import type { EnvironmentFacts } from "@seatrial/contracts/worker-protocol/environments.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { environmentFacts } from "../testing-hub.ts";
import { decide } from "./decide.ts";
import { startSimulation } from "./testing/simulation.ts";

type Operation = NonNullable<EnvironmentFacts["operation"]>;

const operation = (fields: Partial<Operation>): Operation => ({
  ...{ kind: "up", number: 1, state: "succeeded", generation: 1, retryable: false },
  ...{ failuresInRow: 0, endedSecondsAgo: 0, ...fields },
});
const failed = (fields: Partial<Operation>): Operation =>
  operation({ state: "failed", failuresInRow: 1, ...fields });
const ready = (fields: Partial<EnvironmentFacts> = {}): EnvironmentFacts =>
  environmentFacts("e-1", { state: "ready", appliedGeneration: 1, operation: operation({}), ...fields });

const anyOperation = fc.record({
  kind: fc.constantFrom(...operationKinds),
  number: fc.integer({ min: 1, max: 99 }),
  state: fc.constantFrom(...operationStates),
  generation: fc.integer({ min: 1, max: 3 }),
  retryable: fc.boolean(),
  failuresInRow: fc.integer({ min: 0, max: 40 }),
  endedSecondsAgo: fc.option(fc.integer({ min: 0, max: 10_000 })),
});
const anyFacts: fc.Arbitrary<EnvironmentFacts> = fc.record({
  id: fc.constant("e-1"),
  state: fc.constantFrom(...environmentStates),
  wanted: fc.constantFrom(...environmentWishes),
  generation: fc.integer({ min: 1, max: 3 }),
  appliedGeneration: fc.integer({ min: 0, max: 3 }),
  proveWanted: fc.boolean(),
  expiresInSeconds: fc.option(fc.integer({ min: -100, max: 100_000 })),
  operation: fc.option(anyOperation),
});
const always = (holds: (facts: EnvironmentFacts) => void) =>
  fc.assert(fc.property(anyFacts, holds), { numRuns: 2_000 });

describe("whatever the facts are", () => {
  test("nothing is started beside an open operation, and numbers go up by one", () => {
    always((facts) => {
      const decision = decide(facts);
      if (decision.do !== "start") return;
      expect(["queued", "leased"]).not.toContain(facts.operation?.state);
      expect(decision.number).toBe((facts.operation?.number ?? 0) + 1);
    });
  });

  test("it ends when it is deleted, and only then", () => {
    always((facts) => {
      expect(decide(facts).do === "end").toBe(facts.state === "deleted");
    });
  });

  test("what is wished gone is only ever taken down, and never given up", () => {
    always((facts) => {
      if (facts.wanted !== "gone" || facts.state === "deleted") return;
      const decision = decide(facts);
      expect(["start", "wait"]).toContain(decision.do);
      if (decision.do === "start") expect(decision.kind).toBe("down");
    });
  });

  test("what expired is wished gone before anything else happens, and a pinned one never expires", () => {
    always((facts) => {
      if (facts.state === "deleted" || facts.wanted === "gone") return;
      const hasExpired = facts.expiresInSeconds !== null && facts.expiresInSeconds <= 0;
      expect(decide(facts).do === "expire").toBe(hasExpired);
    });
  });

  test("an update is for a newer generation, or for one that stopped half-way", () => {
    always((facts) => {
      const decision = decide(facts);
      if (decision.do !== "start" || decision.kind !== "update" || facts.state === "updating") return;
      const applied = facts.state === "failed" ? (facts.operation?.generation ?? 0) : facts.appliedGeneration;
      expect(facts.generation).toBeGreaterThan(applied);
    });
  });

  test("a wait is at least a second, and no longer than until it expires", () => {
    always((facts) => {
      const decision = decide(facts);
      if (decision.do !== "wait" || decision.seconds === null) return;
      expect(decision.seconds).toBeGreaterThanOrEqual(1);
      if (facts.wanted !== "gone" && facts.expiresInSeconds !== null)
        expect(decision.seconds).toBeLessThanOrEqual(facts.expiresInSeconds);
    });
  });
});

describe("the life of an environment", () => {
  test("a new one is brought up", () => {
    expect(decide(environmentFacts("e-1"))).toEqual({ do: "start", kind: "up", number: 1 });
  });

  test("operations that were lost with their provisioners are tried more often than ones that failed", () => {
    const last = { kind: "up", number: 5, generation: 1, retryable: true, endedSecondsAgo: 3_600 } as const;
    const after = (state: OperationState, failuresInRow: number) =>
      decide({ ...environmentFacts("e-1"), state: "creating", operation: { ...last, state, failuresInRow } })
        .do;
    expect(after("failed", 5)).toBe("give-up");
    expect(after("lost", 5)).toBe("start");
    expect(after("lost", 15)).toBe("give-up");
  });

  test("one that stands waits until it expires", () => {
    expect(decide(ready({ expiresInSeconds: 61.5 }))).toEqual({ do: "wait", seconds: 62 });
    expect(decide(ready({ expiresInSeconds: null }))).toEqual({ do: "wait", seconds: null });
  });

  test.each([
    ["a newer template", { generation: 2 }, "update"],
    ["a run that waits for a proof", { proveWanted: true }, "prove"],
    ["a wish for sleep", { wanted: "sleeping" }, "sleep"],
    ["a wish to wake", { state: "sleeping", operation: operation({ kind: "sleep", number: 1 }) }, "wake"],
    ["a newer template while asleep, after waking", { state: "sleeping", generation: 2 }, "wake"],
    [
      "a change of mind half-way to sleep",
      { state: "updating", operation: failed({ kind: "sleep" }) },
      "wake",
    ],
    ["its end", { wanted: "gone" }, "down"],
  ] as const)("%s starts what brings it there", (_, facts, kind) => {
    expect(decide(ready(facts))).toEqual({ do: "start", kind, number: 2 });
  });

  test("one that sleeps and should is left alone, also with a newer template", () => {
    const asleep = { state: "sleeping", wanted: "sleeping", generation: 2, expiresInSeconds: null } as const;
    expect(decide(ready(asleep))).toEqual({ do: "wait", seconds: null });
  });

  test("a failure that nobody can wait out is given up at once", () => {
    const facts = environmentFacts("e-1", { state: "creating", operation: failed({ number: 3 }) });
    expect(decide(facts)).toEqual({ do: "give-up", number: 3 });
  });

  test("one that may go away is tried again after a while, five times at most", () => {
    const up = (failuresInRow: number, endedSecondsAgo: number) =>
      decide(
        environmentFacts("e-1", {
          state: "creating",
          expiresInSeconds: null,
          operation: failed({ retryable: true, failuresInRow, endedSecondsAgo }),
        }),
      );
    expect(up(1, 0)).toEqual({ do: "wait", seconds: 5 });
    expect(up(1, 5)).toEqual({ do: "start", kind: "up", number: 2 });
    expect(up(4, 10)).toEqual({ do: "wait", seconds: 30 });
    expect(up(5, 999)).toEqual({ do: "give-up", number: 1 });
  });

  test("a removal is tried for ever, every five minutes at last, whatever its failure", () => {
    const down = (endedSecondsAgo: number) =>
      decide(
        ready({
          state: "stuck",
          wanted: "gone",
          operation: failed({ kind: "down", number: 900, failuresInRow: 900, endedSecondsAgo }),
        }),
      );
    expect(down(100)).toEqual({ do: "wait", seconds: 200 });
    expect(down(300)).toEqual({ do: "start", kind: "down", number: 901 });
  });

  test("a failed one waits for another template, which is tried at once", () => {
    const facts = { state: "failed", operation: failed({ number: 5 }), expiresInSeconds: 100 } as const;
    expect(decide(ready(facts))).toEqual({ do: "wait", seconds: 100 });
    expect(decide(ready({ ...facts, generation: 2 }))).toEqual({ do: "start", kind: "update", number: 6 });
  });

  test("a failed proof answers its own question and no later one", () => {
    const asked = (failuresInRow: number) =>
      decide(ready({ proveWanted: true, operation: failed({ kind: "prove", failuresInRow }) }));
    expect(asked(1)).toEqual({ do: "give-up", number: 1 });
    expect(asked(0)).toEqual({ do: "start", kind: "prove", number: 2 });
  });
});

describe("against a hub that keeps the rules", () => {
  const outcomes = fc.array(fc.constantFrom<OperationState>("succeeded", "failed", "lost"), {
    maxLength: 30,
  });
  const asks = fc.array(fc.constantFrom("sleep", "wake", "update", "prove", "nothing"), { maxLength: 12 });

  test("whatever fails and is asked, an environment that is wished gone is deleted in the end", () => {
    fc.assert(
      fc.property(outcomes, asks, fc.boolean(), (ends, wishes, retryable) => {
        const simulation = startSimulation({ ends, retryable });
        for (const wish of wishes) {
          simulation.ask(wish);
          simulation.settle();
        }
        simulation.ask("delete");
        simulation.settle();
        expect(simulation.facts().state).toBe("deleted");
      }),
      { numRuns: 500 },
    );
  });

  test("where nothing fails, it becomes what was asked for last", () => {
    fc.assert(
      fc.property(asks, (wishes) => {
        const simulation = startSimulation({ ends: [], retryable: false });
        simulation.settle();
        for (const wish of wishes) simulation.ask(wish);
        simulation.settle();
        const { state, wanted, generation, appliedGeneration, proveWanted } = simulation.facts();
        expect(state).toBe(wanted === "sleeping" ? "sleeping" : "ready");
        if (wanted === "present") expect([appliedGeneration, proveWanted]).toEqual([generation, false]);
      }),
    );
  });
});
