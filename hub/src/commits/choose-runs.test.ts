import type { ResolvedRun } from "@seatrial/contracts/configuration/resolve-run.ts";
import { expect, it } from "vitest";
import { chooseRuns } from "./choose-runs.ts";

function run(name: string, paths: string[], branches: string[] = []): ResolvedRun {
  const trigger = { kind: "pull_request" as const, paths, branches, drafts: false, labels: [] };
  return { name, trigger, priority: 0, suites: [], optional: [], environment: null, each: null };
}
const change = { draft: false, labels: [], baseBranch: "main" };

it("has one measure of patience for all runs of a file, and takes what is left for applying", () => {
  const slow = run("slow", Array(50).fill(`${"*a".repeat(120)}b`));
  const elsewhere = run("elsewhere", ["docs/**"]);
  const changedFiles = Array.from({ length: 2_000 }, () => ({ path: "a".repeat(1_000), line: null }));
  const namesOf = (runs: ResolvedRun[]) =>
    chooseRuns({ runs }, { ...change, changedFiles }).map(({ name }) => name);
  expect(namesOf([elsewhere])).toEqual([]);
  // A measure for each run would let a file of many slow ones take minutes.
  expect(namesOf([slow, elsewhere])).toEqual(["slow", "elsewhere"]);
});

it("asks for all conditions that are written", () => {
  const runs = [run("both", ["src/**"], ["main"]), run("other", ["src/**"], ["release-*"])];
  const changedFiles = [{ path: "src/a.ts", line: 1 }];
  expect(chooseRuns({ runs }, { ...change, changedFiles }).map(({ name }) => name)).toEqual(["both"]);
});
