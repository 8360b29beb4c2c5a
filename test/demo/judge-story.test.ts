import { expect, test } from "vitest";
import { judgeStory } from "./judge-story.ts";
import type { Story } from "./tell-story.ts";

type Fields = { state?: string; red?: string[]; flaky?: number; conclusion?: string; clusters?: string[] };

/** As much of a commit's story as is judged. */
function commit({
  state = "failed",
  red = ["greeting.test.ts › test › greeting"],
  ...rest
}: Fields): Story["first"] {
  const { flaky = 1, conclusion = "failure", clusters = ["east", "west"] } = rest;
  return {
    commit: { state, reason: null },
    run: { counts: { passed: 41 } },
    shards: clusters.map((cluster) => ({ attempts: [{ cluster }] })),
    red: red.map((name) => ({ case: name })),
    flaky: Array.from({ length: flaky }, () => ({ case: "card" })),
    check: { conclusion },
  } as unknown as Story["first"];
}

const told = (first: Fields = {}, second: Fields = {}, complete = true): Story => ({
  number: 1,
  violations: [],
  first: commit(first),
  second: commit({ state: "passed", red: [], flaky: 0, conclusion: "success", ...second }),
  removal: { proof: { complete } as never, milliseconds: 1 },
});

test("the story as it shall be has no problems", () => {
  expect(judgeStory(told(), false)).toEqual([]);
  expect(judgeStory({ ...told(), removal: null }, true)).toEqual([]);
});

test.each<[string, Story, RegExp]>([
  ["the first commit passed", told({ state: "passed" }), /first commit should have failed, and is passed/],
  ["another case is red too", told({ red: ["a › greeting", "b › page"] }), /alone.*greeting, page/],
  ["another case is red instead", told({ red: ["b › page"] }), /alone.*: page/],
  ["nothing is flaky", told({ flaky: 0 }), /one case should be flaky, and 0 are/],
  ["one cluster had it all", told({ clusters: ["east"] }), /two clusters, and were in east/],
  ["the check says otherwise", told({ conclusion: "neutral" }), /first check says neutral/],
  ["the second commit failed", told({}, { state: "failed" }), /second commit should have passed/],
  ["something stays flaky", told({}, { flaky: 1 }), /nothing should be flaky/],
  ["the proof is not complete", told({}, {}, false), /proof/],
  ["there is no proof", { ...told(), removal: null }, /proof/],
  ["GitHub would refuse a request", { ...told(), violations: ["PATCH …"] }, /description.*PATCH/],
])("it is a problem when %s", (_, story, problem) => {
  expect(judgeStory(story, false).join("\n")).toMatch(problem);
});
