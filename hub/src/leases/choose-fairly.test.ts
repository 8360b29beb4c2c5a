import { describe, expect, it } from "vitest";
import { type Candidate, chooseFairly, whyNotChosen } from "./choose-fairly.ts";

const wide = { slots: 100, cpuMillis: 1e6, memoryBytes: 1e12, pods: 100 };
const items = (projectId: string, count: number, createdAt = 1, cpuMillis = 100): Candidate[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `${projectId}${index}`,
    projectId,
    runId: "r",
    cpuMillis,
    memoryBytes: 1,
    priority: 0,
    spreadSuiteId: null,
    createdAt,
  }));
const loads = (...rows: [string, number, number][]) =>
  new Map(rows.map(([id, running, quota]) => [id, { running, quota }]));
const ids = ({ chosen }: { chosen: Candidate[] }) => chosen.map(({ id }) => id);

describe("choosing what is granted", () => {
  it("takes turns between projects, so a long queue starves nobody", () => {
    const chosen = chooseFairly([...items("a", 9), ...items("b", 2, 5)], loads(["a", 0, 99], ["b", 0, 99]), {
      ...wide,
      slots: 4,
    });
    expect(ids(chosen)).toEqual(["a0", "b0", "a1", "b1"]);
  });

  it("starts with the project that runs least", () => {
    const chosen = chooseFairly([...items("a", 3), ...items("b", 3)], loads(["a", 2, 99], ["b", 0, 99]), {
      ...wide,
      slots: 3,
    });
    expect(ids(chosen)).toEqual(["b0", "b1", "a0"]);
  });

  it("stops at a project's quota", () => {
    expect(ids(chooseFairly(items("a", 9), loads(["a", 2, 4]), wide))).toEqual(["a0", "a1"]);
    expect(ids(chooseFairly(items("a", 9), loads(["a", 5, 4]), wide))).toEqual([]);
  });

  it("leaves out what does not fit and tries what is behind it", () => {
    const queue = [...items("a", 1, 1, 900), ...items("b", 2, 2, 300)];
    const chosen = chooseFairly(queue, loads(["a", 0, 9], ["b", 0, 9]), { ...wide, cpuMillis: 700 });
    expect(ids(chosen)).toEqual(["b0", "b1"]);
  });

  it("never fills more slots or pods than there are", () => {
    expect(chooseFairly(items("a", 9), loads(["a", 0, 99]), { ...wide, slots: 2 }).chosen).toHaveLength(2);
    expect(chooseFairly(items("a", 9), loads(["a", 0, 99]), { ...wide, pods: 1 }).chosen).toHaveLength(1);
    expect(ids(chooseFairly(items("a", 9), loads(["a", 0, 99]), { ...wide, cpuMillis: -5 }))).toEqual([]);
  });

  it("places no more of a suite that is spread than its share, and goes on behind it", () => {
    const spread = items("a", 3).map((item) => ({ ...item, spreadSuiteId: "s" }));
    const queue = [...spread, ...items("a", 2, 2).map((item) => ({ ...item, id: `late-${item.id}` }))];
    const shares = new Map([["s", { allowed: 1 }]]);
    const choice = chooseFairly(queue, loads(["a", 0, 9]), { ...wide, slots: 2 }, shares);
    expect(ids(choice)).toEqual(["a0", "late-a0"]);
    expect(choice.left).toEqual(
      new Map([
        ["a1", "spread"],
        ["a2", "spread"],
      ]),
    );
  });

  it("says why one was not chosen", () => {
    const facts = loads(["a", 0, 2], ["b", 1, 9], ["c", 5, 9]);
    const queue = [...items("a", 3), ...items("b", 2), ...items("c", 1)];
    const choice = chooseFairly(queue, facts, { ...wide, slots: 3 });
    expect(ids(choice)).toEqual(["a0", "a1", "b0"]);
    const why = (id: string, projectId: string, priority = 0) =>
      whyNotChosen({ id, projectId, priority }, choice, facts);
    expect([why("a2", "a"), why("b1", "b"), why("b1", "b", -1), why("c0", "c")]).toEqual([
      "quota",
      "order",
      "priority",
      "fairness",
    ]);
  });
});
