import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import type { ComparedCase, ComparisonSuite } from "@seatrial/contracts/runs/comparison.ts";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { openCli } from "../open-cli.ts";
import { describeComparison } from "./describe-comparison.ts";
import { findRunId } from "./find-run-id.ts";
import { shortRunId } from "./short-run-id.ts";

/** How many cases people see at once; programs and --all get every one. */
const shownCases = 100;

type CompareOptions = { all?: boolean; suite?: string };

/** Adds `seatrial runs compare`. */
export function registerCompareRun(runs: Command): void {
  runs
    .command("compare")
    .description("the cases whose outcomes differ between the places of a run, or between two runs")
    .argument("<run>", "its id, the start of it, or last")
    .argument("[other]", "another run to set beside it")
    .option("--all", "cases that are equal too")
    .option("--suite <name>", "only of this suite")
    .option("--project <name>", "the project it belongs to")
    .action(async (given: string, other: string | undefined, options: CompareOptions, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const runId = await findRunId(project, given);
      const otherId = other === undefined ? undefined : await findRunId(project, other);
      const most = options.all || output.isJson ? Number.POSITIVE_INFINITY : shownCases;
      const found = await readComparison(project, runId, otherId, options, most);
      if (found.suites.length === 0) throw nothingToCompare(runId, otherId, options);
      output.json({ suites: found.suites, items: found.items });
      for (const line of describeComparison(found.suites, found.items, output)) output.print(line);
      const hidden = found.suites.reduce((sum, { different }) => sum + different, 0) - found.items.length;
      if (hidden > 0) output.print(`… and ${hidden} more cases that differ: add --all, or -o json`);
    });
}

async function readComparison(
  project: ProjectClient,
  runId: string,
  otherId: string | undefined,
  { all, suite }: CompareOptions,
  most: number,
): Promise<{ suites: ComparisonSuite[]; items: ComparedCase[] }> {
  const query = {
    limit: Math.min(200, most),
    ...(otherId === undefined ? {} : { with: otherId }),
    ...(suite === undefined ? {} : { suite }),
    ...(all ? { all: "true" } : {}),
  };
  let page = await project.compareRun(runId, query);
  const suites = page.suites ?? [];
  const items = [...page.items];
  while (page.nextCursor !== null && items.length < most) {
    page = await project.compareRun(runId, { ...query, cursor: page.nextCursor });
    items.push(...page.items);
  }
  return { suites, items };
}

function nothingToCompare(runId: string, otherId: string | undefined, { suite }: CompareOptions): CliError {
  const ofSuite = suite === undefined ? "suite" : `suite "${suite}"`;
  const id = shortRunId(runId);
  if (otherId !== undefined)
    return new CliError(`runs ${id} and ${shortRunId(otherId)} have no ${ofSuite} in common`, {
      exitCode: exitCodes.usage,
    });
  return new CliError(`run ${id} has no ${ofSuite} with copies in several places`, {
    fix: `write clusters: {each: region} at a suite, or compare two runs: seatrial runs compare ${id} <other>`,
    exitCode: exitCodes.usage,
  });
}
