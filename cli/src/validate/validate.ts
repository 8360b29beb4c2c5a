import { readFile } from "node:fs/promises";
import {
  formatConfigurationError,
  parseConfiguration,
} from "@seatrial/contracts/configuration/parse-configuration.ts";
import { timesAfter } from "@seatrial/contracts/schedules/next-times.ts";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { openCli } from "../open-cli.ts";
import { describeTime } from "../schedules/describe-schedule.ts";

/** Adds `seatrial validate`: says everything that is wrong with a file, or what it defines. Needs no hub. */
export function registerValidate(program: Command): void {
  program
    .command("validate")
    .description("check a seatrial.yaml")
    .argument("[file]", "the file", "seatrial.yaml")
    .action(async (file: string, _options: unknown, command: Command) => {
      const { output } = openCli(command);
      const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
        const problem =
          error.code === "ENOENT" ? `there is no ${file}` : `${file} cannot be read: ${error.message}`;
        throw new CliError(problem, { exitCode: exitCodes.usage });
      });
      const { configuration, errors } = parseConfiguration(text);
      output.json(configuration ? { valid: true, configuration } : { valid: false, errors });
      if (!configuration) {
        for (const error of errors) output.print(formatConfigurationError(error, file));
        process.exitCode = exitCodes.usage;
        return;
      }
      const suites = configuration.suites.map((suite) => `${suite.name} (${suite.shards})`).join(", ");
      output.print(`${output.paint("green", "✓")} ${file}: suites and shards: ${suites}`);
      for (const run of configuration.runs) {
        const times = timesAfter(run, Date.now(), 5).map((time) => describeTime(time, run));
        output.print(`  ${run.name}: next ${times.join(", ")}`);
      }
    });
}
