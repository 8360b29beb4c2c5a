import type { Story } from "./tell-story.ts";

/** What of the story did not come out as it shall, in words; empty when all did. */
export function judgeStory({ first, second, removal, violations }: Story, keep: boolean): string[] {
  const problems = violations.map((violation) => `GitHub's description does not allow it: ${violation}`);
  const expect = (isSo: boolean, problem: string) => {
    if (!isSo) problems.push(problem);
  };
  const red = first.red.map((result) => result.case.split(" › ").at(-1));
  expect(first.commit.state === "failed", `the first commit should have failed, and ${ended(first)}`);
  expect(
    red.length === 1 && red[0] === "greeting",
    `one case alone, 'greeting', should be red, and there are: ${red.join(", ") || "none"}`,
  );
  expect(first.flaky.length === 1, `one case should be flaky, and ${first.flaky.length} are`);
  expect(
    (first.run?.counts.passed ?? 0) >= 30,
    `at least 30 cases should pass, and ${first.run?.counts.passed ?? 0} did`,
  );
  const clusters = new Set(first.shards.flatMap(({ attempts }) => attempts.at(-1)?.cluster ?? []));
  expect(
    clusters.size === 2,
    `the shards should be in two clusters, and were in ${[...clusters].join(", ")}`,
  );
  expect(first.check.conclusion === "failure", `the first check says ${first.check.conclusion}`);
  expect(second.commit.state === "passed", `the second commit should have passed, and ${ended(second)}`);
  expect(second.flaky.length === 0, `nothing should be flaky in the end, and ${second.flaky.length} are`);
  expect(second.check.conclusion === "success", `the second check says ${second.check.conclusion}`);
  if (keep) return problems;
  const { proof = null } = removal ?? {};
  expect(proof?.complete === true, "the proof that nothing is left is not complete");
  return problems;
}

function ended({ commit }: Story["first"]): string {
  return commit.reason === null ? `is ${commit.state}` : `is ${commit.state} (${commit.reason})`;
}
