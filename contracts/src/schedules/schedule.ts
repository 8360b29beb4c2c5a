import { z } from "zod";
import { actorSchema } from "../actor.ts";
import { createRunSchema } from "../runs/run.ts";
import { nameSchema } from "../suites/suite-spec.ts";

/**
 * What happens when its time comes while the run of an earlier time is not over. `skip`: nothing, and the firing says
 * so. `queue`: one starts when that run is over, further ones are skipped. `cancel`: the earlier run is cancelled.
 * `allow`: both run.
 */
export const overlapPolicies = ["skip", "queue", "cancel", "allow"] as const;
export type OverlapPolicy = (typeof overlapPolicies)[number];

/**
 * `missed`: its time passed while Temporal or the worker was away for longer than `catchUpSeconds`. `queued`: it starts
 * when the run of an earlier time is over. `refused`: no run could be started, and the reason says why.
 */
export const firingOutcomes = ["started", "queued", "skipped", "missed", "refused"] as const;
export type FiringOutcome = (typeof firingOutcomes)[number];

/** `PUT /v1/projects/{project}/schedules/{name}`: makes or changes it; the same again changes nothing. */
export const putScheduleSchema = z
  .object({
    /** Five fields: minute, hour, day of month, month, day of week (0 or 7 is Sunday). */
    cron: z.string().min(9).max(100),
    /** A name of the IANA time-zone database. Times that a change of the clocks skips do not happen that day. */
    timezone: z.string().min(1).max(60).default("UTC"),
    overlap: z.enum(overlapPolicies).default("skip"),
    /** After an outage, times up to this long ago are made up for (one run at most for each); older ones are missed. */
    catchUpSeconds: z.int().min(10).max(604_800).default(3_600),
    run: createRunSchema.omit({ idempotencyKey: true }),
  })
  .strict()
  .meta({ id: "PutSchedule" });
export type PutSchedule = z.infer<typeof putScheduleSchema>;
export type PutScheduleInput = z.input<typeof putScheduleSchema>;

export const scheduleFiringSchema = z
  .object({
    scheduledFor: z.iso.datetime(),
    firedAt: z.iso.datetime(),
    outcome: z.enum(firingOutcomes),
    /** Who asked for it at once; null: its time came. */
    triggeredBy: actorSchema.nullable(),
    runId: z.string().nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: "ScheduleFiring" });
export type ScheduleFiring = z.infer<typeof scheduleFiringSchema>;

/** `POST …/schedules/{name}/pause`: its times pass unused until `resume`. */
export const pauseScheduleSchema = z
  .object({ reason: z.string().max(500).default("") })
  .strict()
  .meta({ id: "PauseSchedule" });

export const scheduleSchema = z
  .object({
    id: z.string(),
    project: z.string(),
    name: nameSchema,
    cron: z.string(),
    timezone: z.string(),
    overlap: z.enum(overlapPolicies),
    catchUpSeconds: z.int(),
    paused: z.boolean(),
    pauseReason: z.string().nullable(),
    /** False until the worker has brought Temporal's schedule to the last change; `problem` says why it could not. */
    applied: z.boolean(),
    problem: z.string().nullable(),
    suites: z.array(z.string()),
    environment: z.string().nullable(),
    /** The next five times; empty while paused. */
    nextTimes: z.array(z.iso.datetime()),
    /** The last firings, newest first, at most 10. */
    firings: z.array(scheduleFiringSchema),
    createdBy: actorSchema,
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "Schedule" });
export type Schedule = z.infer<typeof scheduleSchema>;
