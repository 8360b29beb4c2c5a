import { readFile } from "node:fs/promises";
import {
  formatConfigurationError,
  parseConfiguration,
} from "@seatrial/contracts/configuration/parse-configuration.ts";
import type { ResolvedTrigger } from "@seatrial/contracts/configuration/resolve-run.ts";
import { timesAfter } from "@seatrial/contracts/schedules/next-times.ts";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { openCli } from "../open-cli.ts";
import { describeTime } from "../schedules/describe-schedule.ts";
import { safeLine } from "../terminal/safe-text.ts";

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
      for (const run of configuration.runs)
        output.print(`  ${run.name}: ${describeTrigger(run.trigger)}${optionalOf(run)}`);
    });
}

/** `next Mon …, Tue …`, or the pull requests that start it. */
function describeTrigger(trigger: ResolvedTrigger): string {
  if (trigger.kind === "schedule") {
    const times = timesAfter(trigger, Date.now(), 5).map((time) => describeTime(time, trigger));
    return `next ${times.join(", ")}`;
  }
  const { paths, branches, labels, drafts } = trigger;
  const any = (list: readonly string[]) => list.map((item) => safeLine(item)).join(" or ");
  return [
    "on pull requests",
    branches.length === 0 ? "" : ` to ${any(branches)}`,
    paths.length === 0 ? "" : ` that change ${any(paths)}`,
    labels.length === 0 ? "" : ` with label ${any(labels)}`,
    drafts ? ", drafts too" : "",
  ].join("");
}

function optionalOf({ optional }: { optional: readonly string[] }): string {
  return optional.length === 0 ? "" : `; cannot make it red: ${optional.join(", ")}`;
}
