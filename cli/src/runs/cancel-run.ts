import type { Command } from "commander";
import { openCli } from "../open-cli.ts";
import { findRunId } from "./find-run-id.ts";
import { shortRunId } from "./short-run-id.ts";

/** Adds `seatrial runs cancel`. */
export function registerCancelRun(runs: Command): void {
  runs
    .command("cancel")
    .description("end a run early")
    .argument("<run>", "its id, the start of it, or last")
    .option("--project <name>", "the project it belongs to")
    .action(async (given: string, _options: unknown, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const run = await project.cancelRun(await findRunId(project, given));
      output.json(run);
      const isOver = run.finishedAt !== null;
      output.print(
        `run ${shortRunId(run.id)} ${isOver ? `is ${run.state}` : "ends as soon as its clusters know"}`,
      );
    });
}
