import type { Command } from "commander";
import { openCli } from "../open-cli.ts";
import { findRunId } from "./find-run-id.ts";
import { shortRunId } from "./short-run-id.ts";
import { watchRun } from "./watch-run.ts";

/** Adds `seatrial runs rerun`. */
export function registerRerunRun(runs: Command): void {
  runs
    .command("rerun")
    .description("run the same again, with the same files")
    .argument("<run>", "its id, the start of it, or last")
    .option("--failed", "only what was not green")
    .option("--watch", "show progress and end with the verdict")
    .option("--project <name>", "the project it belongs to")
    .action(async (given: string, options: { failed?: boolean; watch?: boolean }, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const original = await findRunId(project, given);
      const run = await project.rerunRun(original, { failed: options.failed === true });
      const id = shortRunId(run.id);
      output.print(`${output.paint("green", "✓")} run ${id}  again, after ${shortRunId(original)}`);
      if (options.watch) {
        process.exitCode = await watchRun(project, run.id, output);
        return;
      }
      output.json(run);
      output.print(`  seatrial runs show ${id} --watch`);
    });
}
