import type { RunState } from "@seatrial/contracts/runs/lifecycle.ts";
import type { RunResult } from "@seatrial/contracts/runs/result.ts";
import type { Run, Shard } from "@seatrial/contracts/runs/run.ts";
import { elapsedBetween } from "../terminal/elapsed.ts";
import type { Output, Tone } from "../terminal/output.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { formatTable } from "../terminal/table.ts";
import { describeSuite } from "./describe-suite.ts";
import { shortRunId } from "./short-run-id.ts";

/** How many red cases the verdict names; the others are one command away. */
export const namedCases = 20;

/** A run that is over, as people read it: suites, verdict, red cases with their place, what to do next. */
export function describeVerdict(
  run: Run,
  shards: readonly Shard[],
  red: readonly RunResult[],
  output: Output,
): string[] {
  const suites = formatTable(
    run.suites.map((suite) => describeSuite(withoutNamedCause(suite, shards), shards, output)),
  );
  const took = elapsedBetween(run.createdAt, run.finishedAt, 0);
  const verdict = `${output.paint(toneOf(run.state), run.state.toUpperCase())}  ${countsOf(run)}    ${took}`;
  return [...suites, verdict, ...causesOf(run, shards), ...redCases(run, red), ...nextSteps(run)];
}

/** `31 passed (1 flaky), 1 failed`; a command without reports has no cases. */
export function countsOf(run: Pick<Run, "counts">): string {
  const { passed, failed, errored, skipped, flaky } = run.counts;
  if (passed + failed + errored + skipped === 0) return "no cases reported";
  const parts = [
    `${passed} passed${flaky > 0 ? ` (${flaky} flaky)` : ""}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(errored > 0 ? [`${errored} errored`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return parts.join(", ");
}

export function toneOf(state: RunState): Tone {
  if (state === "passed") return "green";
  return state === "failed" || state === "errored" ? "red" : "yellow";
}

/** What errored shards say stands below in full; the table need not say its beginning too. */
function withoutNamedCause(suite: Run["suites"][number], shards: readonly Shard[]): Run["suites"][number] {
  const isNamed = shards.some((shard) => shard.suite === suite.name && shard.state === "errored");
  return isNamed ? { ...suite, reason: null } : suite;
}

/** Why Seatrial could not tell: the run's reason, and each errored shard's with what the cluster showed. */
function causesOf(run: Run, shards: readonly Shard[]): string[] {
  const lines = run.reason === null ? [] : [`  ${safeLine(run.reason, 300)}`];
  for (const shard of shards.filter((one) => one.state === "errored").slice(0, 5)) {
    const exit = shard.attempts.at(-1)?.exit;
    const why = exit?.message || exit?.reason || shard.reason || "no reason given";
    const part = shard.kind === "list" ? "listing" : `${shard.index + 1}/${shard.count}`;
    lines.push(`  ${safeLine(shard.suite, 104)} ${part}: ${safeLine(why, 300)}`);
    for (const line of exit?.evidence.slice(0, 3) ?? []) lines.push(`    ${safeLine(line, 200)}`);
  }
  return lines;
}

function redCases(run: Run, red: readonly RunResult[]): string[] {
  const lines = red.slice(0, namedCases).map((result) => {
    const message = result.message ? `: ${safeLine(result.message, 160)}` : "";
    const place =
      result.file === null ? "" : `   ${safeLine(result.file, 120)}${result.line ? `:${result.line}` : ""}`;
    return `  ${safeLine(result.suite, 104)} › ${safeLine(result.case, 160)}${message}${place}`;
  });
  const hidden = run.counts.failed + run.counts.errored - lines.length;
  if (hidden > 0 && lines.length > 0)
    lines.push(`  … and ${hidden} more: seatrial results ${shortRunId(run.id)} --outcome failed`);
  return lines;
}

function nextSteps(run: Run): string[] {
  if (run.state !== "failed" && run.state !== "errored") return [];
  const id = shortRunId(run.id);
  return [`  seatrial logs ${id}`, `  seatrial runs rerun ${id} --failed`];
}
