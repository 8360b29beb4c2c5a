import { expect, test } from "vitest";
import { changeFaultKinds, rightEndings, strikesWork } from "./kinds.ts";
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

test("a kind that proves nothing without work strikes only while attempts run in the cluster that it hits", () => {
  for (const kind of strikesWork)
    for (const { moment, target, delaySeconds } of planChanges(20, 7, [kind], clusters)) {
      expect(moment).toMatchObject({ at: "running", cluster: target });
      expect(delaySeconds).toBeLessThanOrEqual(1);
    }
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
    { plan, ending: "passed", recovery: times(1), hasMetWork: true, found: [] },
    { plan, ending: "failed", recovery: times(3), hasMetWork: false, found: [] },
    { plan, ending: "passed", recovery: times(9), hasMetWork: true, found: ["a case is counted twice"] },
  ]);
  const counted = "3 (1 proved nothing) | 2 passed, 1 failed";
  expect(table).toContain(`| ${plan.kind} | ${counted} | 3.0 s, 9.0 s | 13.0 s, 19.0 s | 1 |`);
  expect(table.at(-1)).toBe("3 repetitions, 1 with something wrong, 1 that proved nothing");
});
