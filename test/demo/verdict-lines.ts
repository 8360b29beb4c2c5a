import { countsOf, toneOf } from "@seatrial/cli/runs/describe-verdict.ts";
import { shortRunId } from "@seatrial/cli/runs/short-run-id.ts";
import { elapsed } from "@seatrial/cli/terminal/elapsed.ts";
import type { Output } from "@seatrial/cli/terminal/output.ts";
import { safeLine } from "@seatrial/cli/terminal/safe-text.ts";
import type { RunResult } from "@seatrial/contracts/runs/result.ts";
import type { ShownCheck } from "./demo-world.ts";
import type { CommitStory } from "./follow-commit.ts";

/** `FAILED  41 passed (1 flaky), 1 failed    23s after the webhook`, or why there is no verdict. */
export function verdictLine({ commit, run, milliseconds }: CommitStory, output: Output): string {
  const tone = run === null ? "red" : toneOf(run.state);
  const counts = run === null ? safeLine(commit.reason ?? "no run", 300) : countsOf(run);
  return `${output.paint(tone, commit.state.toUpperCase())}  ${counts}    ${elapsed(milliseconds)} after the webhook`;
}

/** The red cases with their place, the flaky ones apart, what the change has to do with it, and how to run them again. */
export function causeLines({ run, red, flaky }: CommitStory, check: ShownCheck): string[] {
  if (run === null) return [];
  const changed = summaryLines(check).find((line) => line.startsWith("Changed here: "));
  return [
    ...red.map((result) => `  ${nameOf(result)}: ${safeLine(result.message ?? "", 160)}${placeOf(result)}`),
    ...flaky.map((result) => `  ${nameOf(result)}   flaky: red, and green when it was tried again`),
    ...(changed === undefined ? [] : [`  ${changed.replace("Changed", "changed")}`]),
    ...(red.length === 0 ? [] : [`  seatrial runs rerun ${shortRunId(run.id)} --failed`]),
  ];
}

/** `web › greeting`: a case of node's runner is named after its file and its class too. */
function nameOf(result: RunResult): string {
  return `${safeLine(result.suite, 40)} › ${safeLine(result.case.split(" › ").at(-1) ?? "", 160)}`;
}

function placeOf({ file, line }: RunResult): string {
  return file === null ? "" : `   ${safeLine(file, 120)}${line === null ? "" : `:${line}`}`;
}

/** The check as the forge got it: its title, the lines of its summary that say most, its annotations. */
export function checkLines(check: ShownCheck, output: Output): string[] {
  const tone = check.conclusion === "success" ? "green" : "red";
  const conclusion = output.paint(tone, safeLine(check.conclusion ?? check.status, 40));
  const marks = check.annotations.map(
    ({ path, line, message }) => `at ${safeLine(path, 120)}:${line}: ${safeLine(message, 120)}`,
  );
  const essence = summaryLines(check).filter((line) => !/^(Changed here|Once more|Image )/.test(line));
  return [
    `  check "${safeLine(check.name, 60)}" on GitHub: ${conclusion}, ${safeLine(check.title, 200)}`,
    ...[...essence.slice(0, shownLines), ...marks].map((line) => output.paint("dim", `  │ ${line}`)),
  ];
}

const shownLines = 8;

/** Its lines, as they read without their marks of code. */
function summaryLines({ summary }: ShownCheck): string[] {
  const lines = summary.split("\n").map((line) => safeLine(line.replace(/^- /, "").replaceAll("`", ""), 150));
  return lines.filter((line) => line !== "");
}
