import type { Command } from "commander";
import { registerApplySchedules } from "./apply-schedules.ts";
import { registerChangeSchedule } from "./change-schedule.ts";
import { registerListSchedules } from "./list-schedules.ts";
import { registerShowSchedule } from "./show-schedule.ts";

/** Adds `seatrial schedules …`. */
export function registerSchedules(program: Command): void {
  const schedules = program.command("schedules").description("runs that start by themselves");
  registerApplySchedules(schedules);
  registerListSchedules(schedules);
  registerShowSchedule(schedules);
  registerChangeSchedule(schedules);
}
