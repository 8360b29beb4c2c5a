import { expect, test } from "vitest";
import { changeFaultKinds, rightEndings } from "./kinds.ts";
import { planChanges } from "./plan-change.ts";
import { summarise } from "./summarise.ts";

const clusters = ["east", "west"];
const plans = planChanges(30, 7, changeFaultKinds, clusters);

test("each kind is dealt once before any is dealt again", () => {
  const kinds = plans.map(({ kind }) => kind);
  expect(new Set(kinds.slice(0, changeFaultKinds.length))).toEqual(new Set(changeFaultKinds));
  for (const kind of changeFaultKinds) expect(kinds.filter((one) => one === kind).length).toBeLessThan(4);
});

test("a seed always gives the same plans, and each plan can be had alone by its own seed", () => {
  expect(planChanges(30, 7, changeFaultKinds, clusters)).toEqual(plans);
  for (const plan of plans) expect(planChanges(1, plan.seed, [plan.kind], clusters)).toEqual([plan]);
});

test("only a long cut of the environment's own cluster may keep the hub from telling", () => {
  for (const kind of changeFaultKinds) {
    expect(rightEndings(kind, false, "failed")).toEqual(["failed"]);
    const more = kind === "link 3 min" ? ["environment unreachable"] : [];
    expect(rightEndings(kind, true, "passed")).toEqual(["passed", ...more]);
  }
});

test("the table has a row for each kind, with its verdicts, its times and what was found", () => {
  const [plan] = plans;
  if (plan === undefined) throw new Error("no plan");
  const times = (progressSeconds: number) => ({ progressSeconds, overSeconds: progressSeconds + 10 });
  const table = summarise([
    { plan, ending: "passed", recovery: times(1), found: [] },
    { plan, ending: "failed", recovery: times(3), found: [] },
    { plan, ending: "passed", recovery: times(9), found: ["a case is counted twice"] },
  ]);
  expect(table).toContain(`| ${plan.kind} | 3 | 2 passed, 1 failed | 3.0 s, 9.0 s | 13.0 s, 19.0 s | 1 |`);
  expect(table.at(-1)).toBe("3 repetitions, 1 with something wrong");
});
