import { z } from "zod";
import { firingOutcomes } from "../schedules/schedule.ts";

/**
 * `GET /worker/v1/schedules/{schedule}`: what its workflow decides by. Kept in the workflow's history: no project text.
 */
export const scheduleFactsSchema = z.object({
  id: z.string(),
  deleted: z.boolean(),
  /** True until `applied` was said of the newest generation. */
  applyDue: z.boolean(),
  /** Times that should have been fired and were not, and a queued one that need not wait any more. */
  due: z.array(z.iso.datetime()),
  /** True while a queued firing waits for the end of a run. */
  waiting: z.boolean(),
});
export type ScheduleFacts = z.infer<typeof scheduleFactsSchema>;

/** `GET /worker/v1/schedules/{schedule}/timetable`: what Temporal's schedule must say. */
export const timetableSchema = z.object({
  id: z.string(),
  generation: z.int(),
  deleted: z.boolean(),
  paused: z.boolean(),
  cron: z.string(),
  timezone: z.string(),
  catchUpSeconds: z.int(),
});
export type ScheduleTimetable = z.infer<typeof timetableSchema>;

/** `POST /worker/v1/schedules/{schedule}/applied`: Temporal has this generation, or why it does not take it. */
export const appliedSchema = z
  .object({ generation: z.int().min(1), problem: z.string().max(2_000).nullable() })
  .strict();
export type Applied = z.infer<typeof appliedSchema>;

/** `POST /worker/v1/schedules/{schedule}/fire`: its time has come. At most one run for each time, however often. */
export const fireSchema = z.object({ scheduledFor: z.iso.datetime() }).strict();
export const fireAnswerSchema = z.object({ outcome: z.enum(firingOutcomes), runId: z.string().nullable() });
export type FireAnswer = z.infer<typeof fireAnswerSchema>;
