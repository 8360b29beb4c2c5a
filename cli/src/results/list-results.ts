import { readPages } from "@seatrial/contracts/client/read-pages.ts";
import { type ResultOutcome, type RunResult, resultOutcomes } from "@seatrial/contracts/runs/result.ts";
import { type Command, Option } from "commander";
import { openCli } from "../open-cli.ts";
import { findRunId } from "../runs/find-run-id.ts";
import { elapsed } from "../terminal/elapsed.ts";
import type { Output } from "../terminal/output.ts";
import { safeLine, safeText } from "../terminal/safe-text.ts";

type ResultOptions = { outcome?: ResultOutcome; suite?: string; flaky?: boolean; detail?: boolean };

/** Adds `seatrial results`: the last word on each test case of a run. */
export function registerResults(program: Command): void {
  program
    .command("results")
    .description("test cases of a run")
    .argument("<run>", "its id, the start of it, or last")
    .addOption(new Option("--outcome <outcome>", "only these").choices(resultOutcomes))
    .option("--suite <name>", "only of this suite")
    .option("--flaky", "only those that were red at first and green later")
    .option("--detail", "with what the test tool said, such as a traceback")
    .option("--project <name>", "the project it belongs to")
    .action(listResults);
}

async function listResults(given: string, options: ResultOptions, command: Command): Promise<void> {
  const { output, connectProject } = openCli(command);
  const { project } = await connectProject();
  const runId = await findRunId(project, given);
  const { outcome, suite, flaky } = options;
  const filter = {
    ...(outcome ? { outcome } : {}),
    ...(suite ? { suite } : {}),
    ...(flaky ? { flaky: "true" } : {}),
  };
  const results: RunResult[] = [];
  let isEmpty = true;
  for await (const result of readPages((page) => project.listResults(runId, { ...filter, ...page }))) {
    isEmpty = false;
    if (output.isJson) results.push(result);
    else printResult(result, options.detail === true, output);
  }
  output.json({ items: results });
  if (isEmpty)
    output.print(Object.keys(filter).length > 0 ? "no case is like that" : "no cases are reported so far");
}

function printResult(result: RunResult, withDetail: boolean, output: Output): void {
  const marks = {
    passed: ["green", "✓"],
    failed: ["red", "✗"],
    errored: ["red", "✗"],
    skipped: ["dim", "-"],
  } as const;
  const [tone, mark] = marks[result.outcome];
  const took = result.seconds === null ? "" : `  ${output.paint("dim", elapsed(result.seconds * 1_000))}`;
  const flaky = result.flaky ? output.paint("yellow", "  flaky") : "";
  const place =
    result.file === null ? "" : `   ${safeLine(result.file)}${result.line ? `:${result.line}` : ""}`;
  const message = result.message && result.outcome !== "passed" ? `: ${safeLine(result.message)}` : "";
  const name = `${safeLine(result.suite, 104)} › ${safeLine(result.case, 300)}`;
  output.print(`${output.paint(tone, mark)} ${name}${message}${place}${took}${flaky}`);
  if (!withDetail || !result.detail) return;
  for (const line of safeText(result.detail).trimEnd().split("\n")) output.print(`    ${line}`);
}
