import { type SuiteState, suiteIsOver } from "@seatrial/contracts/runs/lifecycle.ts";
import type { Run, Shard } from "@seatrial/contracts/runs/run.ts";
import type { Output } from "../terminal/output.ts";
import { safeLine } from "../terminal/safe-text.ts";

type Suite = Run["suites"][number];

/** The mark in front of a suite: what is red and does not count looks like no failure of the run. */
function suiteMark({ state, optional }: Suite, output: Output): string {
  const isRed = state === "failed" || state === "errored";
  return optional && isRed ? output.paint("yellow", "!") : markOf(state, output);
}

/** The mark in front of a suite, shard or run: done, red, or still open. */
export function markOf(state: SuiteState, output: Output): string {
  switch (state) {
    case "passed":
      return output.paint("green", "✓");
    case "failed":
    case "errored":
      return output.paint("red", "✗");
    case "cancelled":
      return output.paint("yellow", "■");
    case "queued":
    case "listing":
    case "running":
      return output.paint("dim", "·");
  }
}

/** One suite as cells: name, how much is green of all, and where it ran or what it waits for. */
export function describeSuite(suite: Suite, shards: readonly Shard[], output: Output): string[] {
  const own = shards.filter((shard) => shard.suite === suite.name);
  const isOver = suiteIsOver(suite.state);
  const reason = suite.reason ?? waitingReason(own);
  const place = isOver ? placesOf(own) : progressOf(suite, own);
  return [
    `${suiteMark(suite, output)} ${safeLine(suite.name, 104)}${suite.optional ? output.paint("dim", " (optional)") : ""}`,
    casesOf(suite),
    [place, reason === null || suite.state === "passed" ? "" : output.paint("dim", safeLine(reason, 120))]
      .filter((part) => part !== "")
      .join("  "),
  ];
}

function casesOf(suite: Suite): string {
  const { passed, failed, errored, skipped } = suite.counts;
  const total = Math.max(suite.caseCount ?? 0, passed + failed + errored + skipped);
  return total === 0 ? "" : `${passed + skipped}/${total}`;
}

/** `east 2 · west 2`: how many shards ended in which cluster. */
function placesOf(shards: readonly Shard[]): string {
  const places = new Map<string, number>();
  for (const shard of shards) {
    const cluster = shard.kind === "test" ? shard.attempts.at(-1)?.cluster : null;
    if (cluster) places.set(cluster, (places.get(cluster) ?? 0) + 1);
  }
  return [...places]
    .sort()
    .map(([name, count]) => `${safeLine(name, 40)} ${count}`)
    .join(" · ");
}

function progressOf(suite: Suite, shards: readonly Shard[]): string {
  if (suite.state !== "running") return suite.state;
  const tests = shards.filter((shard) => shard.kind === "test");
  const count = (states: string[]) => tests.filter((shard) => states.includes(shard.state)).length;
  const done = tests.length - count(["queued", "running"]);
  const parts = [
    [done, "done"],
    [count(["running"]), "running"],
    [count(["queued"]), "waiting"],
  ].filter(([number]) => number !== 0);
  return parts.map(([number, word]) => `${number} ${word}`).join(" · ");
}

function waitingReason(shards: readonly Shard[]): string | null {
  const reason = shards.find((shard) => shard.state === "queued" && shard.reason !== null)?.reason;
  // The cell before says "waiting" already.
  return reason?.replace(/^waits: /, "") ?? null;
}
