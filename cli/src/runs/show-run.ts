import { runIsOver } from "@seatrial/contracts/runs/lifecycle.ts";
import type { Command } from "commander";
import { openCli } from "../open-cli.ts";
import { elapsedBetween } from "../terminal/elapsed.ts";
import { formatTable } from "../terminal/table.ts";
import { describeSuite } from "./describe-suite.ts";
import { findRunId } from "./find-run-id.ts";
import { printVerdict } from "./read-verdict.ts";
import { watchRun } from "./watch-run.ts";

/** Adds `seatrial runs show`. */
export function registerShowRun(runs: Command): void {
  runs
    .command("show")
    .description("one run: its suites, verdict and red tests")
    .argument("<run>", "its id, the start of it, or last")
    .option("--watch", "go on until the verdict, which is then the exit code")
    .option("--project <name>", "the project it belongs to")
    .action(async (given: string, options: { watch?: boolean }, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const runId = await findRunId(project, given);
      if (options.watch) {
        process.exitCode = await watchRun(project, runId, output);
        return;
      }
      const run = await project.getRun(runId);
      if (runIsOver(run.state)) return printVerdict(project, run, output);
      output.json(run);
      const shards = output.isJson ? [] : await project.listShards(runId);
      for (const line of formatTable(run.suites.map((suite) => describeSuite(suite, shards, output))))
        output.print(line);
      output.print(`${run.state.toUpperCase()}  ${elapsedBetween(run.createdAt, null, Date.now())}`);
    });
}
