import { type SuiteState, suiteIsOver } from "@seatrial/contracts/runs/lifecycle.ts";
import { describeCauses } from "./describe-causes.ts";
import type { ShownRun, ShownSuite } from "./report-world.ts";
import { code } from "./safe-markdown.ts";

const marks: Record<SuiteState, string> = {
  queued: "·",
  listing: "·",
  running: "·",
  passed: "✓",
  failed: "✗",
  errored: "✗",
  cancelled: "■",
};

/**
 * One line for each suite that is over, with what could not be told and why below it, unless that was `said`. Nothing of one that is not: the
 * forge is told of ends, not of each step on the way.
 */
export function suiteLines({ suites }: ShownRun, said = ""): string[] {
  return suites
    .filter(({ state }) => suiteIsOver(state))
    .flatMap((suite) => [suiteLine(suite), ...causeLines(suite, said)]);
}

/** `- ✓ api pytest 24/24 · east 2 · west 2`: the same in each report of it. */
function suiteLine(suite: ShownSuite): string {
  const { name, spec, state, optional } = suite;
  const isRed = state === "failed" || state === "errored";
  const mark = optional && isRed ? "!" : marks[state];
  const cells = [
    [mark, code(name, 110), spec.tool ?? "command", casesOf(suite)].filter((cell) => cell !== "").join(" "),
    ...(suite.counts.flaky > 0 ? [`${suite.counts.flaky} flaky`] : []),
    ...placesOf(suite),
    ...(state === "errored" ? ["could not tell"] : []),
    ...(state === "cancelled" ? ["cancelled"] : []),
    ...(optional ? [isRed ? "red, and optional" : "optional"] : []),
  ];
  return `- ${cells.join(" · ")}`;
}

function casesOf({ counts, caseCount }: ShownSuite): string {
  const { passed, failed, errored, skipped } = counts;
  const total = Math.max(caseCount ?? 0, passed + failed + errored + skipped);
  return total === 0 ? "" : `${passed + skipped}/${total}`;
}

/** `east 2`: how many shards ended in which cluster. */
function placesOf({ shards }: ShownSuite): string[] {
  const names = shards.flatMap(({ kind, cluster }) => (kind === "test" && cluster !== null ? [cluster] : []));
  const places = Map.groupBy(names, (name) => name);
  return [...places.keys()].sort().map((name) => `${code(name, 63)} ${places.get(name)?.length ?? 0}`);
}

function causeLines(suite: ShownSuite, said: string): string[] {
  return suite.state === "errored" ? describeCauses(suite, said).map((line) => `  - ${line}`) : [];
}
