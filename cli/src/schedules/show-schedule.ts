import type { Schedule } from "@seatrial/contracts/schedules/schedule.ts";
import type { Command } from "commander";
import { openCli } from "../open-cli.ts";
import type { Output } from "../terminal/output.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { describeFiring, describeTime, stateOf } from "./describe-schedule.ts";

/** Adds `seatrial schedules show`. */
export function registerShowSchedule(schedules: Command): void {
  schedules
    .command("show")
    .description("one schedule: its next five times, and what came of the last ten")
    .argument("<schedule>", "its name")
    .option("--project <name>", "the project it belongs to")
    .action(async (name: string, _options: object, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const schedule = await project.getSchedule(name);
      output.json(schedule);
      printSchedule(schedule, output);
    });
}

function printSchedule(schedule: Schedule, output: Output): void {
  const { name, cron, timezone, overlap, environment, pauseReason, problem } = schedule;
  output.print(`${output.paint("bold", name)}  ${stateOf(schedule)}  ${safeLine(cron)} ${timezone}`);
  const tested = environment === null ? "" : ` on ${safeLine(environment)}`;
  output.print(`  suites   ${safeLine(schedule.suites.join(", "))}${tested}`);
  output.print(`  overlap  ${overlap}`);
  if (pauseReason !== null) output.print(`  paused   ${safeLine(pauseReason)}`);
  if (problem !== null) output.print(`  ${output.paint("red", "problem")}  ${safeLine(problem)}`);
  for (const [index, time] of schedule.nextTimes.entries())
    output.print(`  ${index === 0 ? "next   " : "       "}  ${describeTime(time, schedule)}`);
  for (const firing of schedule.firings) output.print(`  ${describeFiring(firing, schedule, output)}`);
}
