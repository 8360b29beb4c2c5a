import type { Command } from "commander";
import { openCli } from "../open-cli.ts";
import { readLimit } from "../runs/list-runs.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { describeTime, stateOf } from "./describe-schedule.ts";

/** Adds `seatrial schedules list`. */
export function registerListSchedules(schedules: Command): void {
  schedules
    .command("list")
    .description("all schedules with their next time")
    .option("--limit <count>", "how many, at most 200", readLimit, 100)
    .option("--project <name>", "the project they belong to")
    .action(async ({ limit }: { limit: number }, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const page = await project.listSchedules({ limit });
      output.json(page);
      if (page.items.length === 0) return output.print("no schedules: seatrial schedules apply");
      const rows = page.items.map((schedule) => [
        schedule.name,
        stateOf(schedule),
        safeLine(schedule.cron, 40),
        schedule.nextTimes[0] === undefined ? "" : describeTime(schedule.nextTimes[0], schedule),
        schedule.firings[0]?.outcome ?? "",
        safeLine(schedule.suites.join(", "), 40),
      ]);
      output.table(["SCHEDULE", "STATE", "CRON", "NEXT", "LAST", "SUITES"], rows);
    });
}
