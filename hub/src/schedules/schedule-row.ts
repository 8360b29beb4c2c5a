import type { Actor } from "@seatrial/contracts/actor.ts";
import type { scheduleFirings, schedules } from "../database/schema/schedules.ts";

export type ScheduleRow = typeof schedules.$inferSelect;
export type FiringRow = typeof scheduleFirings.$inferSelect;

/** Who starts the runs of a schedule. */
export function scheduleActor({ id, name }: ScheduleRow): Actor {
  return { kind: "system", id, name: `schedule ${name}` };
}
