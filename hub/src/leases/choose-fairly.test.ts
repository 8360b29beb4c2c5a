import { describe, expect, it } from "vitest";
import { type Candidate, chooseFairly } from "./choose-fairly.ts";

const wide = { slots: 100, cpuMillis: 1e6, memoryBytes: 1e12, pods: 100 };
const items = (projectId: string, count: number, createdAt = 1, cpuMillis = 100): Candidate[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `${projectId}${index}`,
    projectId,
    runId: "r",
    cpuMillis,
    memoryBytes: 1,
    createdAt,
  }));
const loads = (...rows: [string, number, number][]) =>
  new Map(rows.map(([id, running, quota]) => [id, { running, quota }]));
const ids = (chosen: Candidate[]) => chosen.map(({ id }) => id);

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
    expect(chooseFairly(items("a", 9), loads(["a", 5, 4]), wide)).toEqual([]);
  });

  it("leaves out what does not fit and tries what is behind it", () => {
    const queue = [...items("a", 1, 1, 900), ...items("b", 2, 2, 300)];
    const chosen = chooseFairly(queue, loads(["a", 0, 9], ["b", 0, 9]), { ...wide, cpuMillis: 700 });
    expect(ids(chosen)).toEqual(["b0", "b1"]);
  });

  it("never fills more slots or pods than there are", () => {
    expect(chooseFairly(items("a", 9), loads(["a", 0, 99]), { ...wide, slots: 2 })).toHaveLength(2);
    expect(chooseFairly(items("a", 9), loads(["a", 0, 99]), { ...wide, pods: 1 })).toHaveLength(1);
    expect(chooseFairly(items("a", 9), loads(["a", 0, 99]), { ...wide, cpuMillis: -5 })).toEqual([]);
  });
});
